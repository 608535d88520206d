#!/usr/bin/env escript
%% Erlang's ssh application, under Elixir's SSHEx and others. See request.py for what is asked of a client program.
-mode(compile).

env(Name) ->
    case os:getenv(Name) of
        false -> "";
        Value -> Value
    end.

failed(Why) ->
    io:put_chars(standard_error, [Why, "\n"]),
    erlang:halt(99).

%% By a shell: a port of the process that asks, which is the connection, would end it with its own end.
answer(Prompt) ->
    Words = unicode:characters_to_list(Prompt),
    string:trim(os:cmd(env("DOORKEY_ANSWER") ++ " '" ++ Words ++ "'"), trailing, "\n").

%% Erlang takes keys from a folder, one of each kind, under the names that OpenSSH gives them.
login() ->
    Common = [{user, env("DOORKEY_USER")}, {silently_accept_hosts, true}, {save_accepted_host, false},
              {connect_timeout, 10000}, {quiet_mode, true}],
    case {env("DOORKEY_KEYS"), os:getenv("DOORKEY_PASSWORD")} of
        {"", false} ->
            [{auth_methods, "keyboard-interactive"}, {user_dir, env("DOORKEY_EMPTY")},
             {keyboard_interact_fun,
              fun(_Name, _Text, Prompts) -> [answer(Prompt) || {Prompt, _Echo} <- Prompts] end} | Common];
        {"", Password} ->
            [{auth_methods, "password,keyboard-interactive"}, {password, Password},
             {user_dir, env("DOORKEY_EMPTY")} | Common];
        {Keys, _} ->
            case string:lexemes(Keys, ":") of
                [One] -> [{auth_methods, "publickey"}, {user_dir, filename:dirname(One)} | Common];
                _ ->
                    io:put_chars(standard_error, "it offers one key of each kind\n"),
                    erlang:halt(98)
            end
    end.

open(Connection, HasPty, Command) ->
    case ssh_connection:session_channel(Connection, 10000) of
        {ok, Channel} ->
            case HasPty of
                true ->
                    Pty = [{term, "xterm"}, {width, 100}, {height, 30}],
                    success = ssh_connection:ptty_alloc(Connection, Channel, Pty, 10000);
                false -> ok
            end,
            case Command of
                "" -> true = lists:member(ssh_connection:shell(Connection, Channel), [ok, success]);
                _ -> success = ssh_connection:exec(Connection, Channel, Command, 10000)
            end,
            Channel;
        {error, Why} -> failed(io_lib:format("no session was opened: ~p", [Why]))
    end.

%% What comes until Await is in it, or until the end: {out, err, status, closed}.
hear(Connection, Channel, Await, {Out, Err, Status}) ->
    Found = Await =/= <<>> andalso binary:match(Out, Await) =/= nomatch,
    if
        Found -> {Out, Err, Status};
        true ->
            receive
                {ssh_cm, Connection, {data, Channel, Kind, Data}} ->
                    ssh_connection:adjust_window(Connection, Channel, byte_size(Data)),
                    case Kind of
                        0 -> hear(Connection, Channel, Await, {<<Out/binary, Data/binary>>, Err, Status});
                        _ -> hear(Connection, Channel, Await, {Out, <<Err/binary, Data/binary>>, Status})
                    end;
                {ssh_cm, Connection, {exit_status, Channel, Code}} ->
                    hear(Connection, Channel, Await, {Out, Err, Code});
                {ssh_cm, Connection, {closed, Channel}} when Await =:= <<>> -> {Out, Err, Status};
                {ssh_cm, Connection, {closed, Channel}} ->
                    failed(["it ended too early: ", Out, Err]);
                {ssh_cm, Connection, {eof, Channel}} -> hear(Connection, Channel, Await, {Out, Err, Status})
            end
    end.

main(_) ->
    {ok, _} = application:ensure_all_started(ssh),
    logger:set_primary_config(level, none),
    Port = list_to_integer(env("DOORKEY_PORT")),
    Connection = case ssh:connect("127.0.0.1", Port, login(), 30000) of
        {ok, Connected} -> Connected;
        {error, Why} -> failed(io_lib:format("~p", [Why]))
    end,
    HasPty = env("DOORKEY_PTY") =/= "",
    First = open(Connection, HasPty, env("DOORKEY_COMMAND")),
    Before = case env("DOORKEY_SECOND") of
        "" -> <<>>;
        Command ->
            Second = open(Connection, false, Command),
            ssh_connection:send_eof(Connection, Second),
            case hear(Connection, Second, <<>>, {<<>>, <<>>, none}) of
                {Heard, _, 0} -> Heard;
                {Heard, Errors, Code} ->
                    failed(io_lib:format("the second session ended with ~p: ~s~s", [Code, Heard, Errors]))
            end
    end,
    Send = fun("") -> ok; (Text) -> ok = ssh_connection:send(Connection, First, Text) end,
    Send(env("DOORKEY_INPUT")),
    Await = list_to_binary(env("DOORKEY_AWAIT")),
    Seen = case Await of
        <<>> -> {<<>>, <<>>, none};
        _ -> hear(Connection, First, Await, {<<>>, <<>>, none})
    end,
    Send(env("DOORKEY_THEN")),
    case HasPty of
        true -> ok;
        false -> ssh_connection:send_eof(Connection, First)
    end,
    {Out, Err, Status} = hear(Connection, First, <<>>, Seen),
    ok = file:write(standard_io, [Before, Out]),
    ok = file:write(standard_error, Err),
    erlang:halt(case Status of none -> 70; _ -> Status end).
