//! A dashboard for Grafana and alerting rules for Prometheus, made of the metrics and alerts that are declared.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::metrics::ALL;
use crate::metrics::alert::{ALERTS, Alert};
use crate::metrics::kind::{Declared, Kind};

/// Panels in a row, of the 24 columns of Grafana.
const PER_ROW: usize = 3;
const WIDTH: usize = 24 / PER_ROW;
const HEIGHT: usize = 8;

/// The dashboard as JSON, to be imported into Grafana.
pub(super) fn dashboard() -> String {
    let panels: Vec<_> =
        ALL.iter().filter(|metric| metric.name != "doorkey_build_info").enumerate().map(panel).collect();
    let dashboard = json!({
        "title": "Doorkey",
        "uid": "doorkey",
        "tags": ["doorkey"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": { "from": "now-6h", "to": "now" },
        "templating": { "list": [
            { "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus" },
            {
                "name": "instance",
                "label": "Node",
                "type": "query",
                "datasource": data_source(),
                "query": { "query": "label_values(doorkey_build_info, instance)", "refId": "nodes" },
                "refresh": 2,
                "multi": true,
                "includeAll": true,
            },
        ] },
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

fn data_source() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

fn panel((position, metric): (usize, &Declared)) -> Value {
    let targets: Vec<_> = queries(metric)
        .into_iter()
        .zip('A'..)
        .map(|((expr, legend), id)| {
            json!({ "refId": id, "expr": expr, "legendFormat": legend, "datasource": data_source() })
        })
        .collect();
    json!({
        "id": position + 1,
        "type": "timeseries",
        "title": title(metric),
        "description": format!("{} ({}).", metric.help, metric.name),
        "datasource": data_source(),
        "gridPos": {
            "x": position % PER_ROW * WIDTH,
            "y": position / PER_ROW * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "fieldConfig": { "defaults": { "unit": unit(metric), "min": 0 }, "overrides": [] },
        "targets": targets,
    })
}

/// `Connections turned away` of `doorkey_connections_turned_away_total`.
fn title(metric: &Declared) -> String {
    if metric.name == UPTIME {
        return "Uptime".to_owned();
    }
    let words = metric.name.trim_start_matches("doorkey_");
    let words =
        ["_total", "_seconds"].iter().fold(words, |name, unit| name.strip_suffix(unit).unwrap_or(name));
    let words = words.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const UPTIME: &str = "process_start_time_seconds";

fn unit(metric: &Declared) -> &'static str {
    match metric.kind {
        Kind::Counter => "ops",
        _ if metric.name.ends_with("_seconds") => "s",
        _ => "short",
    }
}

/// What a panel asks, with the legend of each answer.
fn queries(metric: &Declared) -> Vec<(String, String)> {
    let Declared { name, kind, label, .. } = metric;
    let node = "instance=~\"$instance\"";
    let by = if label.is_empty() { "instance" } else { label };
    let legend = format!("{{{{{by}}}}}");
    match kind {
        // A rate per process would hide what a label says.
        Kind::Counter => vec![(format!("sum by ({by}) (rate({name}{{{node}}}[$__rate_interval]))"), legend)],
        Kind::Gauge if *name == UPTIME => {
            vec![(format!("time() - {name}{{{node},job=~\".*doorkey.*\"}}"), legend)]
        }
        Kind::Gauge => vec![(format!("sum by ({by}) ({name}{{{node}}})"), legend)],
        Kind::Histogram => {
            let also = if label.is_empty() { String::new() } else { format!(", {label}") };
            let of = if label.is_empty() { String::new() } else { format!("{legend} ") };
            let quantile = |part: &str, word: &str| {
                let rate = format!("rate({name}_bucket{{{node}}}[$__rate_interval])");
                (format!("histogram_quantile({part}, sum by (le{also}) ({rate}))"), format!("{of}{word}"))
            };
            vec![quantile("0.5", "median"), quantile("0.99", "99%")]
        }
    }
}

/// The rules as YAML, for `rule_files` of Prometheus.
pub(super) fn alert_rules() -> String {
    let mut out = format!(
        "# Alerting rules for Doorkey {}. Written by `doorkey generate alert-rules`.\ngroups:\n  - name: doorkey\n    rules:\n",
        env!("CARGO_PKG_VERSION")
    );
    for Alert { name, expr, lasts, severity, summary, action } in ALERTS {
        // JSON's strings are YAML's.
        let _ = write!(
            out,
            "      - alert: {name}\n        expr: {}\n        for: {lasts}\n        labels:\n          severity: {}\n        \
             annotations:\n          summary: {}\n          description: {}\n",
            Value::from(*expr),
            severity.as_str(),
            Value::from(*summary),
            Value::from(*action),
        );
    }
    out
}

/// The manual's chapter.
pub(super) fn chapter() -> String {
    let mut out = String::from(
        "With `metrics.listen` the server answers three paths over HTTP on a loopback address or a socket; an agent on the \
         machine (Prometheus, Grafana Alloy, the OpenTelemetry collector) collects them from there. The network cannot ask.\n\n\
         - `/metrics`: the numbers below, in the text format of Prometheus.\n\
         - `/readyz`: 200 if people can sign in (the database takes a write), else 503. For load balancers, by an agent.\n\
         - `/healthz`: 200 if the process answers at all.\n\n\
         ```yaml\nscrape_configs:\n  - job_name: doorkey\n    static_configs:\n      - targets: [\"127.0.0.1:9222\"]\n```\n\n\
         `doorkey top` shows the same numbers live. `doorkey generate grafana-dashboard` prints a dashboard to import, \
         `doorkey generate alert-rules` rules for the `rule_files` of Prometheus. No label ever has what a client sent, and \
         none has a name, an address or a source: those are in the log.\n\n\
         | metric | type | meaning |\n|---|---|---|\n",
    );
    for metric in ALL {
        let label = if metric.label.is_empty() { String::new() } else { format!("{{{}}}", metric.label) };
        let _ = writeln!(out, "| `{}{label}` | {} | {}. |", metric.name, metric.kind.as_str(), metric.help);
    }
    out.push_str("\nThe alerts:\n\n| alert | severity | what is wrong, and what to do |\n|---|---|---|\n");
    for Alert { name, severity, summary, action, .. } in ALERTS {
        let _ = writeln!(out, "| `{name}` | {} | {summary} {action} |", severity.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of metrics in an expression, without what a histogram adds.
    fn names(expr: &str) -> Vec<String> {
        let words = expr.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let ours = words.filter(|word| word.starts_with("doorkey_") || word.starts_with("process_"));
        ours.map(|word| word.strip_suffix("_bucket").unwrap_or(word).to_owned()).collect()
    }

    #[test]
    fn every_expression_speaks_of_declared_metrics() {
        let is_declared = |name: &String| ALL.iter().any(|metric| metric.name == name);
        for alert in ALERTS {
            assert!(!names(alert.expr).is_empty(), "{}", alert.expr);
            assert!(names(alert.expr).iter().all(is_declared), "{}", alert.expr);
        }
        for (expr, _) in ALL.iter().flat_map(queries) {
            assert!(names(&expr).iter().all(is_declared), "{expr}");
        }
    }

    #[test]
    fn the_dashboard_shows_every_metric_once_and_no_panel_covers_another() {
        let dashboard: Value = serde_json::from_str(&dashboard()).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        assert_eq!(panels.len(), ALL.len() - 1);
        let mut places: Vec<_> = panels.iter().map(|panel| panel["gridPos"].to_string()).collect();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), panels.len());
        let titles: Vec<_> = panels.iter().filter_map(|panel| panel["title"].as_str()).collect();
        assert!(
            titles.contains(&"Connections turned away") && titles.contains(&"Outbox oldest age"),
            "{titles:?}"
        );
    }
}
