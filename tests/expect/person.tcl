# A person at a terminal, for expect tests: the real ssh runs in a pane of tmux, which is a real
# terminal of 80x24. Tests read its screen, not the bytes that produced it. tmux notifies
# expect of every change through its control mode, so nothing here sleeps.

set patience 30
set sessions 0
# Commands of tmux that a session starts with, each ended by a semicolon.
set terminal_setup {}

proc tmux {args} {
    global socket
    return [exec tmux -u -f /dev/null -L $socket {*}$args]
}

# Starts ssh in a new terminal; further words are options of ssh.
proc session {user args} {
    global socket sessions control env spawn_id terminal_setup
    # A terminal of its own for each session, so that none waits for the end of the one before.
    set socket doorkey-[pid]-[incr sessions]
    # The shell stays and says how ssh ended.
    set command [list sh -c {ssh "$@"; echo "ssh ended with status $?"; read -r _} ssh -F none -p $env(DOORKEY_PORT) -o UserKnownHostsFile=/dev/null \
        -o StrictHostKeyChecking=no -o LogLevel=ERROR {*}$args $user@127.0.0.1]
    tmux {*}$terminal_setup new-session -d -s session -x 80 -y 24 {*}$command
    tmux set -g window-size manual
    log_user 0
    spawn -noecho tmux -u -f /dev/null -L $socket -C attach -t session
    set control $spawn_id
}

# Closes the terminal, whatever still runs in it.
proc leave {} {
    global control
    catch {tmux kill-server}
    catch {close -i $control}
    catch {wait -i $control}
}

proc words {text} {
    return [join [regexp -all -inline {\S+} $text] " "]
}

# The current content of the screen.
proc screen {} {
    return [tmux capture-pane -p -t session]
}

proc sees {text} {
    return [expr {[string first [words $text] [words [screen]]] >= 0}]
}

# Waits until `text` is on the screen, wherever it wraps.
proc wait_for {text} {
    wait_until "'$text' to appear" {sees $text} [list text $text]
}

# Waits until the script `condition` is true; evaluates it each time the terminal changes.
proc wait_until {what condition {bindings {}}} {
    global control patience
    foreach {name value} $bindings { set $name $value }
    set timeout $patience
    while {![eval $condition]} {
        expect {
            -i $control -re {%(output|exit|pane|window|session|layout)[^\n]*\n} {}
            -i $control timeout { give_up "waited $patience s in vain for $what" }
            -i $control eof { give_up "the terminal closed before $what" }
        }
    }
}

proc dont_see {text} {
    if {[sees $text]} { give_up "'$text' is on the screen" }
}

proc give_up {why} {
    puts stderr "FAILED: $why; the screen shows\n[screen]"
    leave
    exit 1
}

# Types text literally.
proc type {text} {
    tmux send-keys -t session -l -- $text
}

# Presses keys by tmux's names: Tab, BTab, Enter, Escape, C-u, Up, Down.
proc press {args} {
    tmux send-keys -t session {*}$args
}

# Waits for an email to `address` that contains `words`, and returns the text of the newest one.
proc email {address words} {
    global env patience
    set deadline [expr {[clock seconds] + $patience}]
    while {[clock seconds] < $deadline} {
        foreach path [lsort -decreasing -command by_age [glob -nocomplain -directory $env(DOORKEY_EMAILS) *.eml]] {
            set file [open $path]
            set text [string map {\r ""} [read $file]]
            close $file
            if {[regexp -line "^To:.*$address" $text] && [string first $words $text] >= 0} { return $text }
        }
        # A folder does not tell what comes into it; this is the one place that looks again by the clock.
        after 50
    }
    give_up "no email with '$words' to $address"
}

proc by_age {one other} {
    return [expr {[file mtime $one] - [file mtime $other]}]
}

# The one-time code in an email, which stands alone on its line.
proc code_in {text} {
    if {![regexp -line {^\s*([BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4})\s*$} $text -> code]} {
        give_up "no code in the email:\n$text"
    }
    return $code
}

proc step {what} {
    puts "  - $what"
}

# The undo code in an email, which stands alone on its line.
proc undo_code_in {text} {
    if {![regexp -line {^((?:[BCDFGHJKLMNPQRSTVWXZ]{4}-){3}[BCDFGHJKLMNPQRSTVWXZ]{4})\s*$} $text -> code]} {
        give_up "no undo code in the email:\n$text"
    }
    return $code
}
