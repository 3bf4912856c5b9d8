# Completion of tandem's arguments for fish.
complete -c tandem -f
complete -c tandem -l headless -d 'The same core without a window'
complete -c tandem -l minimized -d 'The window begins minimised'
complete -c tandem -l profile -r -a '(__fish_complete_directories)' -d 'Everything lives in this folder'
complete -c tandem -l config -r -F -d 'Another configuration file'
complete -c tandem -l resolver -x -d 'A name server'
complete -c tandem -l ca-file -r -F -d 'An authority to trust'
complete -c tandem -l renderer -x -a 'software gpu' -d 'What draws the window'
complete -c tandem -l dry-run -d 'Show what provision would change'
complete -c tandem -l output -r -F -d 'Where diagnose writes its report'
complete -c tandem -s h -l help -d 'Print the commands and options'
complete -c tandem -s V -l version -d 'Print the version'
set -l commands call chat check-config provision explain-number diagnose ctl
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a call -d 'Call an address, a URI or a number'
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a chat -d 'Open a conversation'
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a check-config -d 'Print every problem of a configuration'
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a provision -d 'Find, check and use a provisioning document'
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a explain-number -d 'Every step of reading a number'
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a diagnose -d 'A report without secrets and addresses'
complete -c tandem -n "not __fish_seen_subcommand_from $commands" -a ctl -d 'One request to the running instance'
complete -c tandem -n "__fish_seen_subcommand_from check-config provision" -F
complete -c tandem -n "__fish_seen_subcommand_from ctl" -a '@METHODS@'
