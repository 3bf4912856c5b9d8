"""What the programs of slixmpp share: they sign in, take orders as lines of JSON on standard input, and tell everything that
happens as lines of JSON on standard output."""

import asyncio
import json
import sys

import slixmpp

jid, password, port, authority = sys.argv[1:5]
tasks = set()


def tell(what, **more):
    line = json.dumps({"what": what, **more})
    print(line, flush=True)
    # For whoever looks into a test that failed.
    print(line, file=sys.stderr, flush=True)


def spawn(work):
    """A task that is kept until it is over: the loop alone would let it be collected."""
    task = asyncio.ensure_future(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


class Peer(slixmpp.ClientXMPP):
    """A connection; each method `do_…` is an order."""

    def __init__(self, plugins):
        super().__init__(jid, password)
        self.ca_certs = authority
        for plugin in plugins:
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.on_session_start)

    async def before_presence(self):
        """What has to be said before the first presence, and only the bound address can say."""

    async def on_session_start(self, _):
        await self.before_presence()
        self.send_presence()
        await self.get_roster()
        reader = asyncio.StreamReader()
        loop = asyncio.get_event_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        tell("ready")
        spawn(self.orders(reader))

    async def orders(self, reader):
        while line := await reader.readline():
            order = json.loads(line)
            what = order.pop("do")
            try:
                done = getattr(self, "do_" + what)(**order)
                if asyncio.iscoroutine(done):
                    await done
            except slixmpp.exceptions.IqError as error:
                tell("refused", order=what, condition=error.condition)
            except slixmpp.exceptions.IqTimeout:
                tell("refused", order=what, condition="timeout")
            except Exception as error:  # A mistake of this program: it is told, and ends nothing.
                tell("mistake", order=what, error=repr(error))

    def run(self):
        self.connect(("127.0.0.1", int(port)))
        self.process(forever=True)
