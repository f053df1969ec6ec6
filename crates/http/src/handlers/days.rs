//! Days that are asked for: those of an account, in its time zone.

use crate::error::ApiError;
use crate::fields::Fields;
use crate::state::State;
use frontdesk_domain::ids::WidgetId;
use frontdesk_domain::period::ResetZone;
use jiff::civil::Date;

/// The time zone of the widget's account.
pub(super) async fn zone(state: &State, widget: WidgetId) -> Result<ResetZone, ApiError> {
    let usage = state.database.usage_of_widget(widget, state.now()).await?;
    Ok(usage.map_or_else(ResetZone::default, |usage| usage.credits.zone))
}

/// Names the parameter `to` as wrong where it is before `from`.
pub(super) fn check_order(fields: &mut Fields, from: Option<Date>, to: Option<Date>) {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        fields.fault("to", "it is before from, write a later day".to_owned());
    }
}
