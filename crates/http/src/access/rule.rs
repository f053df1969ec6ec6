//! Which role may use which kind of call.

use frontdesk_persistence::Role;

/// Who may make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Anyone: it says nothing about any client.
    Anyone,
    /// Anyone, as a visitor of the widget whose key the path holds.
    Visitor,
    /// Every key, for what belongs to its client.
    Read,
    /// Keys of administrators and clients, for what belongs to the client.
    Write,
    /// Keys of administrators.
    Admin,
}

impl Access {
    /// Whether a key is wanted at all.
    pub const fn wants_key(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::Admin)
    }

    /// Whether a key with this role may make the call, for what it may see at all.
    pub const fn allows(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::Visitor | Self::Read => true,
            Self::Write => matches!(role, Role::Admin | Role::Client),
            Self::Admin => matches!(role, Role::Admin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_writes_nothing_and_a_client_does_not_administrate() {
        let allowed = |access: Access| Role::ALL.map(|role| access.allows(role));
        assert_eq!(allowed(Access::Read), [true, true, true]);
        assert_eq!(allowed(Access::Write), [true, true, false]);
        assert_eq!(allowed(Access::Admin), [true, false, false]);
    }
}
