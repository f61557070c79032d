//! What Vakhta does: use-cases over the pure domain, and the ports to all that is outside.

pub mod device;
pub mod secret;
