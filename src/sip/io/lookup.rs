//! Questions for DNS, each in a task of its own.

use tokio::sync::mpsc;

use crate::net::dns::{DnsError, Resolver};
use crate::sip::locate::{Answer, NaptrRecord, Question, SrvRecord};

/// Asks, and sends the answer; the resolver's own limit of 8 s bounds it.
pub(super) fn spawn(resolver: Resolver, question: Question, answers: mpsc::Sender<(Question, Answer)>) {
    tokio::spawn(async move {
        let answer = ask(&resolver, &question).await;
        // Nobody waits for it any more when the driver is gone.
        let _ = answers.send((question, answer)).await;
    });
}

async fn ask(resolver: &Resolver, question: &Question) -> Answer {
    match question {
        Question::Naptr(name) => match resolver.naptr(name).await {
            Ok(records) => Answer::Naptr(
                records
                    .into_iter()
                    .map(|record| NaptrRecord {
                        order: record.order,
                        preference: record.preference,
                        flags: record.flags,
                        services: record.services,
                        replacement: record.replacement,
                    })
                    .collect(),
            ),
            Err(DnsError::NotFound) => Answer::Naptr(Vec::new()),
            Err(DnsError::ServerFailure | DnsError::Timeout) => Answer::Failed,
        },
        Question::Srv(name) => match resolver.srv(name).await {
            Ok(records) => Answer::Srv(
                records
                    .into_iter()
                    .map(|record| SrvRecord {
                        priority: record.priority,
                        weight: record.weight,
                        port: record.port,
                        target: record.target,
                    })
                    .collect(),
            ),
            Err(DnsError::NotFound) => Answer::Srv(Vec::new()),
            Err(DnsError::ServerFailure | DnsError::Timeout) => Answer::Failed,
        },
        Question::Addresses(host) => match resolver.addresses(host).await {
            Ok(addresses) => Answer::Addresses(addresses),
            Err(DnsError::NotFound) => Answer::Addresses(Vec::new()),
            Err(DnsError::ServerFailure | DnsError::Timeout) => Answer::Failed,
        },
    }
}
