//! The servers that the other tests stand on do what their documentation says.

mod postgres;
mod processes;
mod stubs;
