//! vakhta-store
