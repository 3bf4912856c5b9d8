"""SRTP by libsrtp, for comparison: reads lines of JSON, answers lines of JSON.

{"suite": NAME, "keys": [[HEX, MKI_HEX], ...], "ops": [["protect"|"unprotect"|"protect_rtcp"|"unprotect_rtcp", HEX, KEY], ...]}
KEY is the number of the key to protect with, or null where packets have no MKI. The answer is a list of HEX or null.
"rekey" as an operation, with the new key in place of the packet, updates the session as a re-INVITE would."""

import ctypes
import json
import sys

lib = ctypes.CDLL("libsrtp2.so.1")


class Crypto(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("cipher", "key", "auth", "auth_key", "tag", "services")]


class MasterKey(ctypes.Structure):
    _fields_ = [("key", ctypes.c_char_p), ("mki", ctypes.c_char_p), ("mki_size", ctypes.c_uint)]


class Policy(ctypes.Structure):
    _fields_ = [
        ("ssrc_type", ctypes.c_int), ("ssrc", ctypes.c_uint), ("rtp", Crypto), ("rtcp", Crypto),
        ("key", ctypes.c_void_p), ("keys", ctypes.POINTER(ctypes.POINTER(MasterKey))), ("count", ctypes.c_ulong),
        ("ekt", ctypes.c_void_p), ("window", ctypes.c_ulong), ("repeat", ctypes.c_int),
        ("extensions", ctypes.c_void_p), ("extension_count", ctypes.c_int), ("next", ctypes.c_void_p),
    ]


ANY_INBOUND, ANY_OUTBOUND = 2, 3
# How libsrtp calls each suite of SDP; reports of the short tag have the long one (RFC 3711 section 5.2).
SUITES = {
    "AES_CM_128_HMAC_SHA1_80": ("rtp_default", "rtp_default"),
    "AES_CM_128_HMAC_SHA1_32": ("aes_cm_128_hmac_sha1_32", "rtp_default"),
    "AES_256_CM_HMAC_SHA1_80": ("aes_cm_256_hmac_sha1_80", "aes_cm_256_hmac_sha1_80"),
    "AES_256_CM_HMAC_SHA1_32": ("aes_cm_256_hmac_sha1_32", "aes_cm_256_hmac_sha1_80"),
    "AEAD_AES_128_GCM": ("aes_gcm_128_16_auth", "aes_gcm_128_16_auth"),
    "AEAD_AES_256_GCM": ("aes_gcm_256_16_auth", "aes_gcm_256_16_auth"),
}


def policy(suite, keys, kind):
    made = Policy(ssrc_type=kind, window=1024)
    for (name, field) in zip(SUITES[suite], ("rtp", "rtcp")):
        getattr(lib, f"srtp_crypto_policy_set_{name}")(ctypes.byref(getattr(made, field)))
    masters = [MasterKey(bytes.fromhex(key), bytes.fromhex(mki), len(mki) // 2) for (key, mki) in keys]
    array = (ctypes.POINTER(MasterKey) * len(masters))(*[ctypes.pointer(master) for master in masters])
    made.keys, made.count = array, len(masters)
    made.kept = (masters, array)
    return made


def session(suite, keys, kind):
    handle = ctypes.c_void_p()
    status = lib.srtp_create(ctypes.byref(handle), ctypes.byref(policy(suite, keys, kind)))
    assert status == 0, f"srtp_create: {status}"
    return handle


def run(order):
    assert lib.srtp_init() in (0, 0)
    with_mki = any(mki for (_, mki) in order["keys"])
    sender = session(order["suite"], order["keys"], ANY_OUTBOUND)
    receiver = session(order["suite"], order["keys"], ANY_INBOUND)
    answers = []
    for (operation, packet, key) in order["ops"]:
        if operation == "rekey":
            for (handle, kind) in ((sender, ANY_OUTBOUND), (receiver, ANY_INBOUND)):
                status = lib.srtp_update(handle, ctypes.byref(policy(order["suite"], [[packet, ""]], kind)))
                assert status == 0, f"srtp_update: {status}"
            continue
        data = bytes.fromhex(packet)
        buffer = ctypes.create_string_buffer(data, len(data) + 256)
        length = ctypes.c_int(len(data))
        call = getattr(lib, f"srtp_{operation}_mki")
        if operation.startswith("protect"):
            status = call(sender, buffer, ctypes.byref(length), ctypes.c_uint(with_mki), ctypes.c_uint(key or 0))
        else:
            status = call(receiver, buffer, ctypes.byref(length), ctypes.c_uint(with_mki))
        answers.append(buffer.raw[:length.value].hex() if status == 0 else None)
    return answers


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
