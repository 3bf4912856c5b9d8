-- A chat server of one's own. The demo and the tests fill in every @NAME@; it touches nothing outside @DIR@.
run_as_root = true -- containers and continuous integration run as root; on a desktop it changes nothing
daemonize = false
pidfile = "@DIR@/prosody.pid"
data_path = "@DIR@/data"
certificates = "@DIR@"
log = { @LOG_LEVEL@ = "@DIR@/prosody.log" }

interfaces = { "127.0.0.1" }
c2s_ports = { @STARTTLS_PORT@ }
c2s_direct_tls_ports = { @DIRECT_TLS_PORT@ }
http_ports = {}
https_ports = { @HTTPS_PORT@ }
s2s_ports = {}
s2s_direct_tls_ports = {}

modules_enabled = {
	"roster", "saslauth", "tls", "disco", "presence", "message", "iq", "private", "time", "ping", "version",
	"smacks", "carbons", "mam", "csi_simple", "pep", "vcard4", "vcard_legacy", "bookmarks", "blocklist", "offline",
	@MODULES@
}
modules_disabled = { "s2s", "posix_daemonize" }

c2s_require_encryption = true
allow_registration = false
authentication = "@AUTHENTICATION@"
password_hash = "@PASSWORD_HASH@"
storage = "internal"
default_archive_policy = true
smacks_hibernation_time = @HIBERNATION_S@
-- Alice's colleagues sign in all at once.
limits = { c2s = { rate = "1mb/s" } }

ssl = { key = "@KEY@", certificate = "@CERTIFICATE@" }
c2s_direct_tls_ssl = { key = "@KEY@", certificate = "@CERTIFICATE@" }

https_ssl = { key = "@KEY@", certificate = "@CERTIFICATE@" }

VirtualHost "@DOMAIN@"

-- Rooms. Anybody of the house may make one; what is written in them is kept.
Component "rooms.@DOMAIN@" "muc"
	name = "Rooms"
	modules_enabled = { "muc_mam", @ROOM_MODULES@ }
	muc_log_by_default = true
	muc_log_presences = false

-- Files that people send one another, for a week.
Component "files.@DOMAIN@" "http_file_share"
	http_file_share_size_limit = 10 * 1024 * 1024
	http_file_share_expires_after = 7 * 24 * 60 * 60
