"""asyncssh reaches the portal: as the guest without credentials, and with a password by
keyboard-interactive."""
import asyncio
import sys
import asyncssh

port = int(sys.argv[1])


async def session(**login):
    async with asyncssh.connect(
        "127.0.0.1", port, known_hosts=None, config=None, client_keys=None, agent_path=None, **login
    ) as connection:
        async with connection.create_process(term_type="xterm", term_size=(100, 30)) as process:
            seen = await process.stdout.readline()
            assert "size=100x30" in seen and "AsyncSSH" in seen, seen
            # Another beside it.
            assert (await connection.run("teams")).exit_status == 64
            process.stdin.write("q")
            assert (await process.wait()).exit_status == 42
        assert (await connection.run("teams")).exit_status == 64
        return seen


async def all_of_them():
    assert "user=guest " in await session(username="guest")
    assert "user=account " in await session(username="account", password="anything")


asyncio.run(asyncio.wait_for(all_of_them(), 15))
