// npm's ssh2, without tryKeyboard where a key or a password is given, as its README shows it. See request.py for what is
// asked of a client program.
const { execFileSync } = require('child_process');
const { readFileSync } = require('fs');
const { Client } = require('ssh2');

const env = process.env;
const keys = env.DOORKEY_KEYS.split(':').filter(Boolean);
const hasPty = env.DOORKEY_PTY !== '';

function failed(why) {
  process.stderr.write(`${why}\n`, () => process.exit(99));
}

const answer = (prompt) => execFileSync(env.DOORKEY_ANSWER, [prompt], { encoding: 'utf8' }).trimEnd();

const client = new Client();

// A session that has begun: what came, and how it ends.
function open(pty, command, begun) {
  const session = { out: '', err: '', status: null, told: () => {} };
  const started = (error, stream) => {
    if (error) return failed(`no session was opened: ${error.message}`);
    session.stream = stream;
    stream.on('data', (data) => { session.out += data; session.told(); });
    stream.stderr.on('data', (data) => { session.err += data; });
    stream.on('exit', (status) => { session.status = status; });
    stream.on('close', () => { session.closed = true; session.told(); });
    begun(session);
  };
  const terminal = pty ? { term: 'xterm', cols: 100, rows: 30 } : false;
  if (command) client.exec(command, terminal ? { pty: terminal } : {}, started);
  else client.shell(terminal, started);
}

function when(session, holds, then) {
  const look = () => {
    if (holds()) {
      session.told = () => {};
      then();
    } else if (session.closed) {
      failed(`it ended with ${session.status} too early: ${(session.out + session.err).slice(-300)}`);
    }
  };
  session.told = look;
  look();
}

function goOn(first, before) {
  const stream = first.stream;
  if (env.DOORKEY_INPUT) stream.write(env.DOORKEY_INPUT);
  when(first, () => first.out.includes(env.DOORKEY_AWAIT), () => {
    if (env.DOORKEY_THEN) stream.write(env.DOORKEY_THEN);
    if (!hasPty) stream.end();
    when(first, () => first.closed, () => {
      process.stdout.write(before + first.out, () => {
        process.stderr.write(first.err, () => process.exit(first.status === null ? 70 : first.status));
      });
    });
  });
}

client.on('ready', () => {
  open(hasPty, env.DOORKEY_COMMAND, (first) => {
    if (!env.DOORKEY_SECOND) return goOn(first, '');
    open(false, env.DOORKEY_SECOND, (second) => {
      second.stream.end();
      when(second, () => second.closed, () => {
        if (second.status !== 0) return failed(`the second session ended with ${second.status}: ${second.out}${second.err}`);
        goOn(first, second.out);
      });
    });
  });
});
client.on('keyboard-interactive', (name, text, language, prompts, finish) => {
  finish(prompts.map(({ prompt }) => answer(prompt)));
});
client.on('error', (error) => failed(`${error.level}: ${error.message}`));

const login = { host: '127.0.0.1', port: Number(env.DOORKEY_PORT), username: env.DOORKEY_USER, readyTimeout: 30000 };
if (keys.length > 0) {
  // One key after the other, which the simple options cannot say.
  login.authHandler = keys.map((path) => ({ type: 'publickey', username: env.DOORKEY_USER, key: readFileSync(path) }));
} else if (env.DOORKEY_PASSWORD !== undefined) {
  login.password = env.DOORKEY_PASSWORD;
} else {
  login.tryKeyboard = true;
}
client.connect(login);
