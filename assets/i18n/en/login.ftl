# Starting with the session.

login-section = Start
login-at-login = When you sign in to this computer
login-hint = Calls and messages reach you only while Tandem runs.
login-nothing = Nothing
login-open-tandem = Open Tandem
login-open-it-minimised = Open it minimised
