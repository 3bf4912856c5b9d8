//! Devices over the control interface.

use serde_json::{Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{DevicesRequest, Request, RingtoneScope, SetupFinding, SetupTestRequest, Snapshot};
use crate::media::DeviceRole;
use crate::model::{AccountId, Jid, Ringtone};

/// What is in use, what there is, and what the user prefers.
pub(super) fn shape(snapshot: &Snapshot) -> Value {
    let devices = &snapshot.devices;
    json!({
        "inputs": devices.inputs,
        "outputs": devices.outputs,
        "input": devices.input,
        "output": devices.output,
        "ring": devices.ring,
        "preferences": *snapshot.device_plan,
        "ringtones": snapshot.ringtones.all().map(|(scope, tone)| match scope {
            RingtoneScope::Device => json!({ "tone": tone }),
            RingtoneScope::Account(id) => json!({ "account": id, "tone": tone }),
            RingtoneScope::Person(jid) => json!({ "with": jid, "tone": tone }),
        }).collect::<Vec<_>>(),
    })
}

pub(super) fn role(text: &str) -> Option<DeviceRole> {
    match text {
        "input" => Some(DeviceRole::Input),
        "output" => Some(DeviceRole::Output),
        "ring" => Some(DeviceRole::Ring),
        _ => None,
    }
}

/// The methods about devices; `None` where it is another one.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let named_role =
        |params: &mut Params| Params::needed(params.parsed("role", "input, output or ring", role)?, "role");
    Ok(Some(match method {
        "set-device" => {
            Request::SetDevice { role: named_role(params)?, name: Params::needed(params.text("name")?, "name")? }
        }
        "prefer-devices" => {
            let role = named_role(params)?;
            let names = match params.value("names")? {
                Some(Value::Array(names)) => names
                    .iter()
                    .map(|name| name.as_str().map(Into::into).ok_or_else(|| wrong("names", "names")))
                    .collect::<Result<_, _>>()?,
                Some(_) => return Err(wrong("names", "a list of names")),
                None => return Params::needed(None, "names"),
            };
            Request::Devices(DevicesRequest::Prefer { role, names })
        }
        "ringtone" => {
            let scope =
                match (params.parsed("with", "an address", |text| Jid::parse(text).ok())?, params.text("account")?) {
                    (Some(jid), _) => RingtoneScope::Person(jid),
                    (None, Some(id)) => RingtoneScope::Account(AccountId::new(&id)),
                    (None, None) => RingtoneScope::Device,
                };
            let tone = |text: &str| if text == "default" { Some(None) } else { Ringtone::of_name(text).map(Some) };
            let known = "classic, soft, chime, pulse, cascade or default";
            let tone = Params::needed(params.parsed("tone", known, tone)?, "tone")?;
            Request::Devices(DevicesRequest::Ringtone(scope, tone))
        }
        "switch-device" => Request::Devices(DevicesRequest::Switch),
        "talk" => Request::Devices(DevicesRequest::Talk(params.flag("down")?)),
        "headset-button" => Request::Devices(DevicesRequest::HeadsetButton),
        "test-setup" => Request::Devices(DevicesRequest::Test(SetupTestRequest::Everything)),
        _ => return Ok(None),
    }))
}

/// What the test of the setup found.
pub(super) fn findings(findings: &[SetupFinding]) -> Value {
    let wrong = findings.iter().any(|finding| finding.ok == Some(false));
    json!({ "ok": !wrong, "findings": findings })
}
