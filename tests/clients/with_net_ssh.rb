# Ruby's net-ssh, under Capistrano, Vagrant and test-kitchen. See request.py for what is asked of a client program.
require 'net/ssh'
require 'open3'

def failed(why)
  warn why
  exit! 99
end

# Answers the prompts of keyboard-interactive, as net-ssh's own prompt does at a terminal.
class Person
  def start(_info)
    self
  end

  def ask(prompt, _echo = true)
    said, status = Open3.capture2(ENV.fetch('DOORKEY_ANSWER'), prompt)
    failed("no answer to #{prompt}") unless status.success?
    said.chomp
  end

  def success; end
end

Opened = Struct.new(:channel, :out, :err, :status, :started)

def open(connection, has_pty, command)
  one = Opened.new(nil, +'', +'', nil, false)
  one.channel = connection.open_channel do |channel|
    start = lambda do
      began = proc do |_, done|
        failed('the session was refused') unless done
        one.started = true
      end
      command.empty? ? channel.send_channel_request('shell', &began) : channel.exec(command, &began)
    end
    channel.on_data { |_, data| one.out << data }
    channel.on_extended_data { |_, _, data| one.err << data }
    channel.on_request('exit-status') { |_, data| one.status = data.read_long }
    if has_pty
      channel.request_pty(term: 'xterm', chars_wide: 100, chars_high: 30) do |_, done|
        failed('the terminal was refused') unless done
        start.call
      end
    else
      start.call
    end
  end
  one.channel.on_open_failed { |_, code, why| failed("no session was opened: #{code} #{why}") }
  connection.loop(0.1) { !one.started && one.channel.active? }
  one
end

keys = ENV.fetch('DOORKEY_KEYS').split(':')
options = {
  port: Integer(ENV.fetch('DOORKEY_PORT')), config: false, verify_host_key: :never, use_agent: false, timeout: 10,
  keys: keys, keys_only: true, password_prompt: Person.new, non_interactive: !keys.empty?
}
if keys.any?
  options[:auth_methods] = %w[publickey]
elsif ENV['DOORKEY_PASSWORD']
  options[:auth_methods] = %w[password]
  options.update(password: ENV['DOORKEY_PASSWORD'], non_interactive: true)
else
  options[:auth_methods] = %w[keyboard-interactive]
end

begin
  Net::SSH.start('127.0.0.1', ENV.fetch('DOORKEY_USER'), **options) do |connection|
    has_pty = !ENV.fetch('DOORKEY_PTY').empty?
    first = open(connection, has_pty, ENV.fetch('DOORKEY_COMMAND'))
    before = +''
    unless ENV.fetch('DOORKEY_SECOND').empty?
      second = open(connection, false, ENV.fetch('DOORKEY_SECOND'))
      second.channel.eof!
      second.channel.wait
      failed("the second session ended with #{second.status}: #{second.out}#{second.err}") unless second.status&.zero?
      before = second.out
    end
    first.channel.send_data(ENV.fetch('DOORKEY_INPUT'))
    await = ENV.fetch('DOORKEY_AWAIT')
    connection.loop(0.1) { !first.out.include?(await) && first.channel.active? }
    failed("it ended too early: #{first.out}#{first.err}") unless first.out.include?(await)
    first.channel.send_data(ENV.fetch('DOORKEY_THEN'))
    first.channel.eof! unless has_pty
    first.channel.wait
    $stdout.write(before + first.out)
    $stderr.write(first.err)
    $stdout.flush
    exit!(first.status || 70)
  end
rescue Net::SSH::Exception, SystemCallError => e
  failed("#{e.class}: #{e.message}")
end
