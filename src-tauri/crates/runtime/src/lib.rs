//! vakhta-runtime
