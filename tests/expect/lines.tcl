# A person or a script in line mode: the real ssh in a pseudo-terminal of expect, or in a pipe. Output
# is read as bytes, in order. Tests wait for a prompt or a result; nothing here sleeps.

source [file join [file dirname [info script]] person.tcl]

set forgotten "violet engine numbers"
set better "plum tractor seventeen"
set best "harbour of nine lanterns"
# All output of this dialog.
set heard ""

proc ssh_command {user arguments} {
    global env
    return [list ssh -F none -p $env(DOORKEY_PORT) -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no \
        -o LogLevel=ERROR -o IdentityAgent=none -o IdentityFile=none {*}[lrange $arguments 0 end-1] \
        $user@127.0.0.1 {*}[lindex $arguments end]]
}

# Starts ssh on a terminal that supports only lines. The last word, if any, is the command.
proc talk {user args} {
    if {![llength $args]} { set args [list {}] }
    talk_by [list env TERM=dumb {*}[ssh_command $user $args]]
}

proc talk_by {command} {
    global spawn_id heard
    set heard ""
    log_user 0
    spawn -noecho {*}$command
}

# Waits for `text`.
proc hears {text} {
    global spawn_id patience heard expect_out
    set timeout $patience
    expect {
        -ex $text { append heard $expect_out(buffer) }
        timeout { give_up "waited $patience s in vain for '$text'" }
        eof { append heard $expect_out(buffer); give_up "it ended before '$text'" }
    }
}

# Waits for the prompt `label` at the start of a line.
proc asks {label} {
    global heard
    hears "$label: "
    set before [string index $heard end-[string length "$label: "]]
    if {$before ne "\n"} { give_up "'$label: ' does not begin a line" }
}

# Types a line.
proc answers {line} { send -- "$line\r" }

# Types a line as fast as people do: after a wrong password the next try counts only a second later.
set send_slow {1 .07}
proc types {line} { send -s -- "$line\r" }

# Waits for the end, checks the exit status, and that no escape byte was ever printed.
proc ends_with {status} {
    global spawn_id patience heard expect_out
    set timeout $patience
    expect {
        timeout { give_up "waited $patience s in vain for the end" }
        eof { append heard $expect_out(buffer) }
    }
    set ended [lindex [wait] 3]
    if {$ended != $status} { give_up "it ended with status $ended and not $status" }
    is_plain $heard
}

# Fails if `text` contains a control character other than CR, LF and backspaces that erase typed text.
proc is_plain {text} {
    if {[regexp {[\x00-\x07\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]} $text found]} {
        scan $found %c code
        give_up "a control character ($code) was said: [string map {\x1b <ESC>} $text]"
    }
}

proc never_heard {text} {
    global heard
    if {[string first $text $heard] >= 0} { give_up "'$text' was said" }
}

# How often `text` was printed in this dialog.
proc times_heard {text} {
    global heard
    return [regexp -all "***=$text" $heard]
}

# Runs ssh with `input` in a pipe and no terminal; returns exit status, standard output and standard error.
proc pipe {input user args} {
    global env
    if {![llength $args]} { set args [list {}] }
    set errors [file tempfile path]
    set status 0
    fconfigure $errors -translation binary
    if {[catch {exec -keepnewline {*}[ssh_command $user $args] << $input 2>@ $errors} out options]} {
        set status [lindex [dict get $options -errorcode] 2]
        # Tcl adds a line of its own to the output of a command that fails.
        regsub {\n?child process exited abnormally$} $out "" out
    }
    seek $errors 0
    set said [read $errors]
    close $errors
    file delete $path
    is_plain $out
    is_plain $said
    return [list $status $out $said]
}

proc has {text part} {
    if {[string first $part $text] < 0} { give_up "'$part' is not in\n$text" }
}

proc is_equal {found wanted what} {
    if {$found ne $wanted} { give_up "$what is '$found' and not '$wanted'" }
}

# Overrides the procedure of person.tcl, which reads a screen.
proc give_up {why} {
    global heard
    puts stderr "FAILED: $why; heard so far\n$heard"
    exit 1
}

# From the first prompt to the teams.
proc signs_in {name password} {
    asks "Email or username"
    answers $name
    asks "Password"
    answers $password
    hears "\nYour teams\r\n"
    asks "Choice"
}

# From the first prompt to the code prompt of `name`.
proc asks_for_a_code {name} {
    asks "Email or username"
    answers ""
    asks "Choice"
    answers "forgot-password"
    hears "\nReset your password\r\n"
    asks "Email or username"
    answers $name
    hears "\nCheck your email\r\n"
    asks "Code"
}

proc newest_code {name} {
    return [code_in [email $name@example.org "type this code"]]
}

proc password_opens {name password} {
    talk account
    signs_in $name $password
    answers leave
    hears "OK: Goodbye. \[goodbye\]"
    ends_with 0
}

proc password_does_not_open {name password} {
    talk account
    asks "Email or username"
    answers $name
    asks "Password"
    answers $password
    hears "\[wrong-credentials\]\r\n"
    send "\x03"
    ends_with 0
}
