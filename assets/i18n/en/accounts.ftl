# One's accounts: added, changed, taken out.

accounts-add = Add account
accounts-add-title = Add an account
accounts-add-body = It connects at once. Which accounts belong together is set below the accounts.
accounts-change = Change
accounts-remove = Remove
accounts-remove-title = Remove this account?
accounts-remove-body = It is taken off this device, with its password. The account itself stays at its service, and what was written and who called stays here.
accounts-kind = For
accounts-address = Address
accounts-chat-hint = alice@example.com
accounts-voice-hint = 1001@pbx.example.com
accounts-password = Password
accounts-server = Server
accounts-server-hint = Empty: found by itself
accounts-login = Name for signing in
accounts-login-hint = Empty: as in the address
accounts-keep = Keep the password in
accounts-keyring = The keyring
accounts-file = A private file
