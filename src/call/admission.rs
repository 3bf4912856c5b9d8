//! Whether a call that comes in rings, is sent elsewhere or is refused: the user's settings as one table.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Reception, Refusing, SipUri};
use crate::sip::DiversionReason;

/// Forwardings after which a call is not forwarded once more: it goes in circles.
pub const MOST_DIVERSIONS: u32 = 5;
/// How long a call rings at least before it is answered by itself: whoever sits there hears it coming.
pub const NOTICE: Duration = Duration::from_secs(2);

/// Where a call is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarding {
    /// The address.
    pub to: SipUri,
    /// For the phone services on the way.
    pub reason: DiversionReason,
    /// A sentence for the history.
    pub text: Arc<str>,
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is shown.
    Ring {
        /// Without a sound.
        silent: bool,
        /// It is sent elsewhere when nobody has answered it after this time.
        forward: Option<(Duration, Forwarding)>,
        /// It is answered by itself after this time.
        answer: Option<Duration>,
    },
    /// It is refused.
    Refuse {
        /// The status.
        code: u16,
        /// How it stands in the history.
        end: &'static str,
        /// A sentence.
        text: Arc<str>,
    },
    /// It is sent elsewhere at once.
    Forward(Forwarding),
}

/// A place to send calls to, and how it is called in a sentence.
pub type Place = (SipUri, Arc<str>);

/// What is known when a call comes in.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// What the settings for strangers say, and the reason.
    pub screening: (Reception, Option<Arc<str>>),
    /// The user does not want to be disturbed.
    pub do_not_disturb: Option<Refusing>,
    /// Where every call goes.
    pub always: Option<Place>,
    /// Where calls go while the user talks.
    pub busy: Option<Place>,
    /// Where calls go that nobody answers, and after what time.
    pub no_answer: Option<(Duration, Place)>,
    /// The user talks to somebody, or holds somebody.
    pub talking: bool,
    /// A second call may ring meanwhile.
    pub call_waiting: bool,
    /// A call for help is going on.
    pub emergency: bool,
    /// There was one a short while ago: whoever helps may call back.
    pub after_emergency: bool,
    /// How often the call was forwarded before it came here.
    pub diversions: u32,
    /// It asks to be answered by itself after this time, and may (S07).
    pub answer: Option<Duration>,
}

/// What happens to a call under these circumstances.
pub fn admit(about: Circumstances) -> Admission {
    let (reception, why) = about.screening;
    let ring = |silent| Admission::Ring { silent, forward: None, answer: None };
    // RFC 6443 section 8 and RFC 7090: nothing keeps those away who help.
    if about.emergency || about.after_emergency {
        return ring(about.emergency);
    }
    if reception == Reception::Decline {
        let text = why.unwrap_or_else(|| "Your settings decline this caller.".into());
        return Admission::Refuse { code: 603, end: "declined", text };
    }
    let circles = about.diversions >= MOST_DIVERSIONS;
    let place = |place: Option<Place>| place.filter(|_| !circles);
    if let Some(to) = place(about.always) {
        return Admission::Forward(forward(to, DiversionReason::Unconditional));
    }
    if let Some(refusing) = about.do_not_disturb {
        let refuse = |code, text: &'static str| Admission::Refuse { code, end: "not-disturbed", text: text.into() };
        let busy = "You do not want to be disturbed: the caller was told that you are busy.";
        let away = "You do not want to be disturbed: the caller was told that you cannot be reached.";
        let declined = "You do not want to be disturbed: the caller was told that you declined.";
        return match (refusing, place(about.busy)) {
            (Refusing::Forward, Some(to)) => Admission::Forward(forward(to, DiversionReason::DoNotDisturb)),
            (Refusing::Busy | Refusing::Forward, _) => refuse(486, busy),
            (Refusing::Unavailable, _) => refuse(480, away),
            (Refusing::Decline, _) => refuse(603, declined),
        };
    }
    if about.talking {
        if let Some(to) = place(about.busy) {
            return Admission::Forward(forward(to, DiversionReason::Busy));
        }
        if !about.call_waiting {
            let text = "You were talking, and take one call at a time: the caller was told that you are busy.".into();
            return Admission::Refuse { code: 486, end: "busy", text };
        }
    }
    let forward =
        about.no_answer.filter(|_| !circles).map(|(after, to)| (after, forward(to, DiversionReason::NoAnswer)));
    // A conversation is not broken into.
    let answer = about.answer.filter(|_| !about.talking).map(|after| after.max(NOTICE));
    Admission::Ring { silent: reception == Reception::Silence, forward, answer }
}

fn forward((to, name): Place, reason: DiversionReason) -> Forwarding {
    let text = match reason {
        DiversionReason::Unconditional => format!("You forward all calls: forwarded to {name}."),
        DiversionReason::Busy => format!("You were talking: forwarded to {name}."),
        DiversionReason::NoAnswer => format!("Nobody answered: forwarded to {name}."),
        DiversionReason::DoNotDisturb => format!("You do not want to be disturbed: forwarded to {name}."),
    };
    Forwarding { to, reason, text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Circumstances {
        Circumstances {
            screening: (Reception::Ring, None),
            do_not_disturb: None,
            always: None,
            busy: None,
            no_answer: None,
            talking: false,
            call_waiting: true,
            emergency: false,
            after_emergency: false,
            diversions: 0,
            answer: None,
        }
    }

    fn place(user: &str) -> Place {
        (SipUri::parse(&format!("sip:{user}@example.com")).expect("valid"), user.into())
    }

    fn told(about: Circumstances) -> String {
        match admit(about) {
            Admission::Ring { silent, forward, answer } => format!(
                "ring{}{}{}",
                if silent { " silent" } else { "" },
                forward.map(|(after, to)| format!(" then {} {}", after.as_secs(), to.to)).unwrap_or_default(),
                answer.map(|after| format!(" answer {}", after.as_secs())).unwrap_or_default()
            ),
            Admission::Refuse { code, end, .. } => format!("{code} {end}"),
            Admission::Forward(to) => format!("302 {} {:?}", to.to, to.reason),
        }
    }

    #[test]
    fn a_call_rings_is_sent_elsewhere_or_is_refused_as_the_settings_say() {
        let dnd = |how| Circumstances { do_not_disturb: Some(how), ..quiet() };
        let talking = || Circumstances { talking: true, ..quiet() };
        let rows: Vec<(Circumstances, &str)> = vec![
            (quiet(), "ring"),
            (Circumstances { screening: (Reception::Silence, None), ..quiet() }, "ring silent"),
            (Circumstances { screening: (Reception::Decline, None), ..quiet() }, "603 declined"),
            (dnd(Refusing::Busy), "486 not-disturbed"),
            (dnd(Refusing::Unavailable), "480 not-disturbed"),
            (dnd(Refusing::Decline), "603 not-disturbed"),
            (dnd(Refusing::Forward), "486 not-disturbed"),
            (
                Circumstances { busy: Some(place("desk")), ..dnd(Refusing::Forward) },
                "302 sip:desk@example.com DoNotDisturb",
            ),
            (Circumstances { busy: Some(place("desk")), ..dnd(Refusing::Busy) }, "486 not-disturbed"),
            (Circumstances { always: Some(place("desk")), ..quiet() }, "302 sip:desk@example.com Unconditional"),
            (
                Circumstances { always: Some(place("desk")), ..dnd(Refusing::Decline) },
                "302 sip:desk@example.com Unconditional",
            ),
            (talking(), "ring"),
            (Circumstances { call_waiting: false, ..talking() }, "486 busy"),
            (Circumstances { busy: Some(place("desk")), ..talking() }, "302 sip:desk@example.com Busy"),
            (Circumstances { busy: Some(place("desk")), ..quiet() }, "ring"),
            (
                Circumstances { no_answer: Some((Duration::from_secs(20), place("desk"))), ..quiet() },
                "ring then 20 sip:desk@example.com",
            ),
            (Circumstances { answer: Some(Duration::ZERO), ..quiet() }, "ring answer 2"),
            (Circumstances { answer: Some(Duration::from_secs(9)), ..quiet() }, "ring answer 9"),
            (Circumstances { answer: Some(Duration::ZERO), ..talking() }, "ring"),
        ];
        for (about, expected) in rows {
            assert_eq!(told(about.clone()), expected, "{about:?}");
        }
    }

    #[test]
    fn a_call_that_goes_in_circles_rings_instead_of_being_forwarded_again() {
        for diversions in [MOST_DIVERSIONS, u32::MAX] {
            let about = Circumstances {
                always: Some(place("a")),
                busy: Some(place("b")),
                no_answer: Some((Duration::from_secs(5), place("c"))),
                diversions,
                talking: true,
                ..quiet()
            };
            assert_eq!(told(about), "ring");
        }
    }

    #[test]
    fn nothing_keeps_those_away_who_help() {
        let strict = || Circumstances {
            screening: (Reception::Decline, None),
            do_not_disturb: Some(Refusing::Decline),
            always: Some(place("a")),
            call_waiting: false,
            talking: true,
            ..quiet()
        };
        assert_eq!(told(Circumstances { after_emergency: true, ..strict() }), "ring");
        assert_eq!(
            told(Circumstances { emergency: true, ..strict() }),
            "ring silent",
            "it does not disturb the call for help"
        );
    }
}
