//! What a widget's messages came to.

use super::usage::Usage;
use super::{admin_widget, days};
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, text};
use crate::parameters::date;
use crate::reply::{self, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use frontdesk_domain::ids::WidgetId;
use frontdesk_domain::period::ResetZone;
use frontdesk_persistence::{Analytics, Group, Grouping};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The days that are summed, today included, unless others are asked for.
pub(super) const DAYS: i32 = 30;
/// The most days of one look.
const MAX_DAYS: i32 = 366;

#[derive(Serialize)]
struct Report {
    usage: Option<Usage>,
    analytics: Sums,
    #[serde(flatten)]
    range: Option<Range>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Vec<Point>>,
}

/// The days that were asked for.
#[derive(Serialize)]
struct Range {
    from: Date,
    to: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_by: Option<&'static str>,
}

/// A day, a provider or a model with its sums.
#[derive(Serialize)]
struct Point {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

/// The names are those of the guide.
#[derive(Serialize)]
pub(super) struct Sums {
    total_requests: i64,
    total_tokens: i64,
    avg_response_time: i64,
    successful_requests: i64,
    failed_requests: i64,
    credits_exhausted_count: i64,
    rate_limited_requests: i64,
    blocked_requests: i64,
    estimated_cost: Box<RawValue>,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

impl Sums {
    /// `id` is that of the row that the log names where numbers are too large.
    pub(super) fn new(id: i32, sums: &Analytics) -> Result<Self, ApiError> {
        let mut numbers = Numbers::default();
        let mut number = |name, value| numbers.safe(name, value);
        Ok(Self {
            total_requests: number("total_requests", sums.total_requests),
            total_tokens: number("total_tokens", sums.total_tokens),
            avg_response_time: number("avg_response_time", sums.avg_response_time_ms()),
            successful_requests: number("successful_requests", sums.successful_requests),
            failed_requests: number("failed_requests", sums.failed_requests),
            credits_exhausted_count: number("credits_exhausted_count", sums.credits_exhausted_count),
            rate_limited_requests: number("rate_limited_requests", sums.rate_limited_requests),
            blocked_requests: number("blocked_requests", sums.blocked_requests),
            estimated_cost: numbers.dollars("estimated_cost", sums.cost_micro_usd)?,
            capped: numbers.into_capped("llm_usage_daily", id),
        })
    }
}

struct Wanted {
    from: Option<Date>,
    to: Option<Date>,
    grouping: Option<(Grouping, &'static str)>,
}

impl Wanted {
    /// The days that are wanted, as seen on `today`.
    fn days(&self, today: Date) -> Result<(Date, Date), Faults> {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| to.saturating_sub((DAYS - 1).days()));
        let mut fields = Fields::default();
        days::check_order(&mut fields, Some(from), Some(to));
        if (to - from).get_days() >= MAX_DAYS {
            fields.fault("from", format!("there are more than {MAX_DAYS} days until to, write a later day"));
        }
        fields.finish(Some((from, to)))
    }
}

/// The parameters; others are ignored.
fn wanted(parameters: BTreeMap<String, String>) -> Result<Wanted, Faults> {
    let mut fields = Fields::of_parameters(parameters);
    let (from, to) = (fields.read("from", date), fields.read("to", date));
    let grouping = fields.read("group_by", grouping);
    fields.ignore_others();
    fields.finish(Some(Wanted { from, to, grouping }))
}

fn grouping(value: Value) -> Read<(Grouping, &'static str)> {
    match text(value)?.as_str() {
        "day" => Ok((Grouping::Day, "day")),
        "provider" => Ok((Grouping::Provider, "provider")),
        "model" => Ok((Grouping::Model, "model")),
        _ => Err("write day, provider or model".to_owned()),
    }
}

/// The widget's account, and the sums of its last thirty days or of the days that are asked for; one by one, or by
/// provider or model, where that is asked for.
pub(crate) async fn get_analytics(
    state: Data<State>,
    id: Path<String>,
    parameters: Query<BTreeMap<String, String>>,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let wanted = wanted(parameters.into_inner()).map_err(BodyError::from)?;
    let now = state.now();
    let usage = state.database.usage_of_widget(widget, now).await?;
    let zone = usage.as_ref().map_or_else(ResetZone::default, |usage| usage.credits.zone.clone());
    let (from, to) = wanted.days(zone.day(now)).map_err(BodyError::from)?;
    let grouping = wanted.grouping.map_or(Grouping::Provider, |(grouping, _)| grouping);
    let groups = state.database.analytics_by(grouping, widget, from, to).await?;
    let sums = groups.values().copied().fold(Analytics::default(), Analytics::plus);
    let series = match wanted.grouping {
        Some((grouping, _)) => Some(series(widget, grouping, groups, (from, to))?),
        None => None,
    };
    let group_by = wanted.grouping.map(|(_, name)| name);
    let asked = wanted.from.is_some() || wanted.to.is_some() || group_by.is_some();
    reply::ok(&Report {
        usage: usage.as_ref().map(Usage::from),
        analytics: Sums::new(widget.0, &sums)?,
        range: asked.then_some(Range { from, to, group_by }),
        series,
    })
}

/// Every day, also one on which nothing happened; or the providers or models, the most asked first.
fn series(
    widget: WidgetId,
    grouping: Grouping,
    mut groups: BTreeMap<Group, Analytics>,
    (from, to): (Date, Date),
) -> Result<Vec<Point>, ApiError> {
    if grouping == Grouping::Day {
        for day in from.series(1.day()).take_while(|day| *day <= to) {
            groups.entry(Group { day: Some(day), ..Group::default() }).or_default();
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    if grouping != Grouping::Day {
        groups.sort_by_key(|(_, sums)| Reverse(sums.total_requests));
    }
    let point = |(group, sums): (Group, Analytics)| {
        let Group { day, provider, model } = group;
        Ok(Point { day, provider, model, sums: Sums::new(widget.0, &sums)? })
    };
    groups.into_iter().map(point).collect()
}
