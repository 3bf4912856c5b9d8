"""Who works at the demo's company: accounts, cards, and how each behaves."""

from __future__ import annotations

from dataclasses import dataclass, field

from avatars import portrait

DOMAIN = "tandem.example"


@dataclass
class Tel:
    """A number or address on a card: its types and its value as written there (RFC 6350 section 6.4.1)."""

    value: str
    types: tuple = ("work", "voice")


@dataclass
class Person:
    """One colleague."""

    user: str
    name: str
    groups: tuple
    title: str = ""
    # What the card says; None is no card at all.
    tels: tuple = ()
    # Publish the old card only: the server's conversion then damages SIP addresses, as some real servers do.
    old_card_only: bool = False
    # Presence once signed in; None stays offline.
    show: str | None = "available"
    status: str = ""
    # What the phone does: "echo" answers and sends your voice back, "ring" never answers, "busy" declines, None has no phone.
    phone: str | None = None
    greeting: str | None = None
    # In the room where colleagues meet: "owner" makes it, "guest" is there.
    in_room: str | None = None
    answers: tuple = ()
    colours: tuple = field(default=())

    @property
    def jid(self):
        """The XMPP address."""
        return f"{self.user}@{DOMAIN}"

    @property
    def password(self):
        """The password for both services; it protects nothing outside the demo."""
        return f"{self.user}-demo"

    def portrait(self):
        """The picture as PNG, or nothing."""
        return portrait(*self.colours) if self.colours else None


# She signs in by herself: only her card is published for her.
ALICE = Person("alice", "Alice Adler", (), title="Product", show=None, tels=(Tel(f"sip:alice@{DOMAIN}"),),
               colours=((86, 120, 200), (238, 200, 170), (70, 45, 30), (240, 240, 245)))

COLLEAGUES = (
    Person("bob", "Bob Baker", ("Team",), title="Support",
           tels=(Tel(f"sip:bob@{DOMAIN}", ("work", "voice", "video")), Tel("tel:+1-303-308-3280")),
           status="Call me: you will hear yourself", phone="echo", in_room="owner",
           greeting="Good morning, Alice! Call me when you like: I repeat what you say, so you can hear how you sound.",
           answers=("Sure. Press Call and say something: I send your voice back.", "Loud and clear on my side.",
                    "Let us talk, that is quicker. Just call."),
           colours=((84, 160, 120), (224, 182, 150), (40, 32, 28), (60, 80, 110))),
    Person("carol", "Carol Chen", ("Team",), title="Engineering", tels=(Tel(f"carol@{DOMAIN}", ("voice",)),),
           status="In the lab, phone far away", phone="ring", in_room="guest",
           answers=("I hear the phone ring, but my hands are full. Write to me instead.", "Give me ten minutes.", "Done, please have a look."),
           colours=((210, 140, 90), (240, 208, 180), (24, 22, 26), (150, 60, 70))),
    Person("dave", "Dave Diaz", ("Team",), title="Documentation", tels=None, show="chat", status="Chat only", in_room="guest",
           answers=("I have no phone here, but I type fast.", "Good idea. I will write it down.", "Which page do you mean?"),
           colours=((130, 110, 190), (208, 160, 125), (50, 35, 25), (220, 220, 225))),
    Person("erin", "Erin Evans", ("Team",), title="Research", tels=(Tel(f"sip:erin@{DOMAIN}"), Tel("+1 303 308 3284", ("cell", "voice"))),
           show=None, colours=((190, 90, 110), (236, 196, 168), (150, 80, 40), (40, 90, 90))),
    Person("frank", "Frank Fischer", ("Sales",), title="Key accounts", tels=(Tel("1001", ("work", "voice")),),
           show="dnd", status="On the road", phone="busy",
           answers=("Driving. Later, please.", "Please send me the offer by mail."),
           colours=((70, 130, 160), (232, 190, 160), (120, 110, 100), (30, 40, 60))),
    Person("grace", "Grace Gupta", ("Sales",), title="Partners", tels=(Tel("tel:+1-303-308-3282", ("cell", "voice")),),
           show="away", status="Back at two", phone="echo",
           answers=("Hello Alice! My number is on my card.", "I would rather talk about that.", "Thank you!"),
           colours=((200, 160, 60), (190, 140, 105), (20, 16, 16), (120, 50, 120))),
    Person("heidi", "Heidi Huang", ("Sales",), title="Contracts", tels=(Tel(f"sip:grace@{DOMAIN}", ("work", "voice")),), old_card_only=True,
           show="xa", status="Vacation",
           answers=("I am on vacation until Monday. Grace takes my calls.",),
           colours=((110, 170, 180), (244, 214, 188), (60, 40, 60), (230, 180, 90))),
    Person("ivan", "Ivan Ilić", ("Office",), title="Front desk", tels=(Tel("+1-303-308-3289", ("fax",)),),
           answers=("The visitors are here.", "I will tell them.", "A fax? I still have one. \N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}")),
    Person("judy", "Judy Jensen", ("Office",), title="Finance", tels=(), show="away", status="Closing the month",
           answers=("Approved.", "Please add the receipt.", "Not this month.")),
    Person("mona", "Mona 🌷 Møller", ("Office",), title="Design", tels=(Tel(f"sip:erin@{DOMAIN}", ("work",)),), show=None),
)

# Numbers that the proxy knows, and whose phone rings.
NUMBERS = {"+13033083280": "bob", "+13033083282": "grace", "+13033083284": "erin", "1001": "frank"}
