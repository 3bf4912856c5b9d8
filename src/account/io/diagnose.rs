//! The shell's part of a report: what the name servers say, the newest log lines, and the file.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::diagnosis::{Diagnosis, Names};
use super::super::{Refusal, RefusalKind, Reply};
use crate::model::Service;
use crate::net::dns::{DnsError, Resolver};
use crate::platform;

/// Domains that are looked up for one report.
const MOST_DOMAINS: usize = 8;

/// Finishes a report and answers.
pub(super) fn run(
    diagnosis: Diagnosis,
    resolver: Resolver,
    config_path: PathBuf,
    reply: oneshot::Sender<Result<Reply, Refusal>>,
) {
    tokio::spawn(async move {
        let lookups = diagnosis.domains.iter().take(MOST_DOMAINS).map(|(service, domain)| {
            let (resolver, service, domain) = (resolver.clone(), *service, domain.clone());
            tokio::spawn(async move { names(&resolver, service, &domain).await })
        });
        let lookups: Vec<_> = lookups.collect();
        let mut found = Vec::new();
        for lookup in lookups {
            found.extend(lookup.await.ok());
        }
        let text: Arc<str> = diagnosis.finish(&found, &platform::logging::recent()).into();
        let answer = match diagnosis.save {
            false => Ok(Reply::Report { text, correlation: diagnosis.correlation.clone(), saved: None }),
            true => save(config_path, text, diagnosis.correlation.clone()).await,
        };
        // Who asked may have gone away meanwhile.
        let _ = reply.send(answer);
    });
}

async fn save(config_path: PathBuf, text: Arc<str>, correlation: Arc<str>) -> Result<Reply, Refusal> {
    let path = config_path.with_file_name(format!("tandem-report-{correlation}.txt"));
    let (written, to) = (text.clone(), path.clone());
    let result = tokio::task::spawn_blocking(move || std::fs::write(to, written.as_bytes())).await;
    match result {
        Ok(Ok(())) => Ok(Reply::Report { text, correlation, saved: Some(path.display().to_string().into()) }),
        Ok(Err(error)) => {
            let text = format!("The report could not be written to {}: {error}.", path.display());
            Err(Refusal::new(RefusalKind::NotAllowed, &text))
        }
        Err(_) => Err(Refusal::new(RefusalKind::NotAllowed, "The report could not be written.")),
    }
}

async fn names(resolver: &Resolver, service: Service, domain: &str) -> Names {
    let records: &[&'static str] = match service {
        Service::Chat => &["_xmpps-client._tcp", "_xmpp-client._tcp"],
        Service::Voice => &["_sips._tcp", "_sip._tcp", "_sip._udp"],
    };
    let mut srv = Vec::new();
    for record in records {
        let answer = resolver.srv(&format!("{record}.{domain}")).await;
        srv.push((*record, answer.map(|found| found.len()).map_err(why)));
    }
    let addresses = resolver.addresses(domain).await.map_err(why).map(|found| {
        let six = found.iter().filter(|address| address.is_ipv6()).count();
        (six, found.len() - six)
    });
    Names { service, srv, addresses }
}

fn why(error: DnsError) -> &'static str {
    match error {
        DnsError::NotFound => "no such name",
        DnsError::ServerFailure => "the name servers failed",
        DnsError::Timeout => "no answer in time",
    }
}
