//! isapi-sim
