//! vakhta-secrets
