//! Whom a widget lets in: the sites of `domain_whitelist`, and nobody of `blocked_ips`.

mod addresses;
mod sites;

pub(crate) use addresses::BlockedAddresses;
pub(crate) use sites::{Sites, site_of};

use crate::error::ApiError;
use crate::state::State;
use actix_web::HttpRequest;
use frontdesk_persistence::Widget;
use std::net::IpAddr;

/// Whether a call from this address may reach the widget.
pub(crate) fn check(
    state: &State,
    widget: &Widget,
    address: IpAddr,
    request: &HttpRequest,
) -> Result<(), ApiError> {
    let sites = Sites::read(&widget.allowed_origins);
    let blocked = BlockedAddresses::read(&widget.restrictions.blocked_ips);
    let unread: Vec<&str> = sites.unread.iter().chain(&blocked.unread).copied().collect();
    if !unread.is_empty() && state.is_first_misread(widget.id) {
        let widget = widget.id;
        tracing::warn!(%widget, ?unread, "entries of domain_whitelist or blocked_ips cannot be read and count for nothing");
    }
    if blocked.contain(address) {
        return Err(ApiError::AddressBlocked);
    }
    if sites.allow(site_of(request).as_deref()) { Ok(()) } else { Err(ApiError::OriginNotAllowed) }
}
