//! vakhta-testkit
