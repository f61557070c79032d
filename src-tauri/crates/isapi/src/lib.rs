//! vakhta-isapi
