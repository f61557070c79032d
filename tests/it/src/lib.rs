//! vakhta-it
