#!/usr/bin/env python3
"""How speech sounds after a bad network: tables and plots of docs/quality.md.

    tests/bench/quality.py               every measurement in virtual time (a few minutes)
    tests/bench/quality.py opus pcmu     only these groups
    tests/bench/quality.py drift         an hour between clocks that differ by 100 ppm, for each codec
    tests/bench/quality.py --baresip     the same packets also to a real baresip, in real time (--baresip=g722: one codec)
    tests/bench/quality.py --plot        draws docs/pictures/quality-*.png from what was measured last

Makes an environment with PESQ and matplotlib in target/quality for itself. Speech is made by espeak-ng; the recordings are
those of Debian's alsa-utils.
"""

import json
import os
import subprocess
import sys
import venv

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.environ.get("QUALITY_FOLDER") or os.path.join(TOP, "target", "quality")
NEEDS = ["numpy", "cython", "scipy", "matplotlib"]
sys.dont_write_bytecode = True

if __name__ == "__main__" and os.environ.get("QUALITY_INSIDE") != "1":
    inside = os.environ.get("QUALITY_PYTHON")
    if not inside:
        inside = os.path.join(FOLDER, "venv", "bin", "python")
        if not os.path.exists(inside):
            print("quality: making an environment for PESQ and matplotlib", file=sys.stderr)
            venv.create(os.path.join(FOLDER, "venv"), with_pip=True)
            subprocess.run([inside, "-m", "pip", "install", "-q", *NEEDS], check=True)
            subprocess.run([inside, "-m", "pip", "install", "-q", "--no-build-isolation", "pesq"], check=True)
    os.execve(inside, [inside, "-B", __file__, *sys.argv[1:]], {**os.environ, "QUALITY_INSIDE": "1"})

from concurrent import futures  # noqa: E402 (the environment has to be there first)

import numpy  # noqa: E402
import pesq  # noqa: E402
from scipy import signal  # noqa: E402
from scipy.io import wavfile  # noqa: E402

RATE = 48000
LEAD_S = 12.0
SENTENCES = [
    ("en-gb", "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background."),
    ("en-us+f3", "It is easy to tell the depth of a well. These days a chicken leg is a rare dish."),
    ("en-gb+m3", "Rice is often served in round bowls. The juice of lemons makes fine punch."),
    ("en-us+f2", "The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage."),
]
# Each seed is another fate of the packets; every figure is the mean over seeds and voices.
SEEDS = int(os.environ.get("QUALITY_SEEDS", "2"))
RECORDINGS = "/usr/share/sounds/alsa"


def run(*command):
    """Runs a program that must succeed."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def to_rate(samples, rate, wanted):
    """Another sampling rate."""
    common = numpy.gcd(rate, wanted)
    return signal.resample_poly(samples, wanted // common, rate // common)


def load(path, wanted=RATE):
    """Mono samples from -1 to 1 at the wanted rate."""
    rate, samples = wavfile.read(path)
    samples = samples.astype(float) / 32768
    if samples.ndim > 1:
        samples = samples[:, 0]
    return samples if rate == wanted else to_rate(samples, rate, wanted)


def level(samples):
    """The same sound at -26 dB of full scale, counted where somebody speaks, as ITU-T P.56 means it (roughly)."""
    power = samples ** 2
    loud = power[power > power.max() * 1e-4]
    return samples * (10 ** (-26 / 20) / numpy.sqrt(loud.mean()))


def speech():
    """The sound that is sent: a lead-in, then the samples that are judged; answers the path and where they are."""
    path = os.path.join(FOLDER, "speech.wav")
    parts = []
    for number, (voice, text) in enumerate(SENTENCES):
        made = os.path.join(FOLDER, f"espeak{number}.wav")
        run("espeak-ng", "-v", voice, "-s", "150", "-w", made, text)
        parts.append(level(load(made)))
    if os.path.isdir(RECORDINGS):
        names = sorted(name for name in os.listdir(RECORDINGS) if name.endswith(".wav") and name != "Noise.wav")
        recorded = [level(load(os.path.join(RECORDINGS, name))) for name in names]
        half = len(recorded) // 2
        parts += [numpy.concatenate(recorded[:half]), numpy.concatenate(recorded[half:])]
    else:
        print("quality: without recordings (install alsa-utils)", file=sys.stderr)
    # Noise at -75 dB, as every microphone has it: true digital silence occurs on no line.
    random = numpy.random.default_rng(5)
    lead = numpy.concatenate([parts[0], numpy.zeros(RATE // 2), parts[1]])[:int(LEAD_S * RATE)]
    sound, places = numpy.concatenate([lead, numpy.zeros(int(LEAD_S * RATE) - len(lead))]), []
    for part in parts:
        begin = len(sound)
        sound = numpy.concatenate([sound, numpy.zeros(RATE // 4), part, numpy.zeros(RATE // 4)])
        places.append((begin, len(sound)))
    sound = numpy.concatenate([sound, numpy.zeros(RATE)])
    sound = sound + random.normal(0, 10 ** (-75 / 20), len(sound))
    wavfile.write(path, RATE, (numpy.clip(sound, -1, 1) * 32767).astype(numpy.int16))
    return path, places


def delay_of(reference, heard):
    """Samples by which `heard` lags, by cross-correlation."""
    both = signal.correlate(heard, reference, mode="full", method="fft")
    return int(numpy.argmax(numpy.abs(both))) - len(reference) + 1


def judge(path, places, heard):
    """PESQ-WB of every part, and its delays in milliseconds."""
    sent = load(path)
    scores, delays = [], []
    for begin, end in places:
        reference = sent[begin:end]
        window = heard[begin:min(len(heard), end + RATE // 2)]
        lag = max(0, delay_of(reference, window))
        got = heard[begin + lag:end + lag]
        got = numpy.concatenate([got, numpy.zeros(max(0, end - begin - len(got)))])
        try:
            scores.append(pesq.pesq(16000, to_rate(reference, RATE, 16000).astype(numpy.float32),
                                    to_rate(got, RATE, 16000).astype(numpy.float32), "wb"))
        except pesq.NoUtterancesError:
            scores.append(1.0)
        delays.append(lag * 1000 / RATE)
    return scores, delays


class Bench:
    """The program that runs two sessions in virtual time."""

    def __init__(self):
        program = os.environ.get("QUALITY_PROGRAM")
        if not program:
            built = subprocess.run(["cargo", "build", "--release", "--bench", "quality", "--message-format=json"], cwd=TOP,
                                   check=True, stdout=subprocess.PIPE, text=True).stdout
            program = [found["executable"] for found in map(json.loads, built.splitlines())
                       if found.get("executable") and found["target"]["name"] == "quality"][-1]
        self.path, self.places = speech()
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, seeds=None, **condition):
        """Score and delay under a condition, averaged over seeds and voices."""
        scores, delays, facts = [], [], []
        for seed in seeds or range(1, SEEDS + 1):
            out = os.path.join(FOLDER, "heard.wav")
            words = {"in": self.path, "out": out, "seed": seed, **condition}
            self.process.stdin.write(" ".join(f"{name}={value}" for name, value in words.items()) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            if not answer:
                raise SystemExit(f"quality: the bench failed at {words}")
            fact = json.loads(answer)
            one, lag = judge(self.path, self.places, load(out))
            scores += one
            # A period of ten milliseconds at the loudspeaker; the one at the microphone is in the sessions' time.
            delays += [delay + fact["offset_ms"] for delay in lag]
            facts.append(fact)
        depth = numpy.concatenate([fact["depth_ms"][int(LEAD_S * 10):] for fact in facts])
        return {"loss": 0, "burst": 1, "jitter": 0, **condition, "network": condition["delay"], "pesq": float(numpy.mean(scores)), "worst": float(numpy.min(scores)),
                "delay": float(numpy.median(delays)), "depth95": float(numpy.percentile(depth, 95)),
                "kbit_s": facts[0]["kbit_s"], "late": sum(fact["late"] for fact in facts)}


    def hours(self, codec, drift):
        """The depth of the buffer at the start and the end of an hour between clocks that differ, and what was made up."""
        repeat = round(3600 / (len(load(self.path)) / RATE))
        words = {"in": self.path, "seed": 1, "codec": codec, "peer": "foreign", "delay": 20, "jitter": 2, "ptime": 10,
                 "drift_ppm": drift, "repeat": repeat}
        self.process.stdin.write(" ".join(f"{name}={value}" for name, value in words.items()) + "\n")
        self.process.stdin.flush()
        fact = json.loads(self.process.stdout.readline())
        # One every 100 ms.
        depths = fact["depth_ms"]
        return {"group": "drift", "codec": codec, "drift": drift, "first": float(numpy.mean(depths[600:6600])),
                "last": float(numpy.mean(depths[-6000:])), "most": float(numpy.max(depths[600:])), "late": fact["late"],
                "concealed_ms": fact["concealed_ms"]}


def losses(codec, peer, levels=(0, 1, 3, 5, 10, 20, 30), bursts=(1, 3), ptime=20):
    """Loss at random and in bursts."""
    for burst in bursts:
        for loss in levels:
            if burst == 1 or loss:
                yield {"codec": codec, "peer": peer, "loss": loss, "burst": burst, "delay": 20, "ptime": ptime}


def jitters(codec, peer):
    """Jitter, and the network of the goals."""
    for jitter in (0, 10, 20, 50, 100, 200):
        yield {"codec": codec, "peer": peer, "delay": jitter, "ptime": 20, "jitter": jitter, "reorder": 10 if jitter else 0}
    yield {"codec": codec, "peer": peer, "ptime": 20, "delay": 60, "jitter": 40, "reorder": 10}


def beside(bench, codecs):
    """The same packets to a real baresip, in real time: what its loudspeaker gets, and how long after it was said."""
    other = os.path.join(TOP, "tests", "bench", "other_phone.py")

    def ours(condition):
        name = "-".join(str(condition.get(part, 0)) for part in ("codec", "loss", "burst", "jitter"))
        packets = os.path.join(FOLDER, f"packets-{name}")
        return name, packets, bench.measure(seeds=(1,), packets=packets, **condition)

    def play(job):
        name, packets, own = job
        told = subprocess.run([sys.executable, "-B", other, packets, own["codec"], os.path.join(FOLDER, f"baresip-{name}")],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
        return own, json.loads(told)

    conditions = [condition for codec in codecs for condition in
                  [*losses(codec, "foreign"), *(one for one in jitters(codec, "foreign") if one["jitter"] in (20, 40, 100))]]
    jobs = [ours(condition) for condition in conditions]
    with futures.ThreadPoolExecutor(6) as pool:
        played = list(pool.map(play, jobs))
    for own, told in played:
        heard, begins = load(told["path"]), round(told["begins"] * RATE)
        heard = numpy.concatenate([numpy.zeros(max(0, begins)), heard[max(0, -begins):], numpy.zeros(RATE)])
        scores, delays = judge(bench.path, bench.places, heard)
        # A period of ten milliseconds at either device, as for ours: its microphone's is in the packets' times.
        row = {**own, "group": "baresip", "ours": own["pesq"], "ours_delay": own["delay"], "pesq": float(numpy.mean(scores)),
               "delay": float(numpy.median(delays)) + 10, "sent_late_ms": told["late"] * 1000}
        print(f"baresip {row['codec']:5} loss {row['loss']:2} % burst {row['burst']} delay {row['network']:3} +/- {row['jitter']:3} ms  "
              f"PESQ baresip {row['pesq']:.2f} ours {row['ours']:.2f}  mouth to ear baresip {row['delay']:.0f} ours {row['ours_delay']:.0f} ms  "
              f"(latest packet {row['sent_late_ms']:.1f} ms late)", flush=True)
        yield row


GROUPS = {
    "opus": lambda: losses("opus", "foreign"), "opus10": lambda: losses("opus", "foreign", ptime=10), "own": lambda: losses("opus", "ours"), "pcmu": lambda: losses("pcmu", "foreign"),
    "pcma": lambda: losses("pcma", "foreign", (0, 5, 10, 20)), "g722": lambda: losses("g722", "foreign"),
    "pcmu10": lambda: losses("pcmu", "foreign", (0, 5, 10, 20), (1,), 10), "g72210": lambda: losses("g722", "foreign", (0, 5, 10, 20), (1,), 10),
    "jitter": lambda: [*jitters("opus", "ours"), *jitters("pcmu", "foreign"), *jitters("g722", "foreign")],
    "plc": lambda: [*losses("opus", "foreign", (0, 5, 10, 20), (1,)), *losses("pcmu", "foreign", (5, 10, 20), (1,)),
                    *losses("g722", "foreign", (5, 10, 20), (1,))],
    "quick": lambda: [*losses("opus", "foreign", (0, 5, 10, 20), (1,)), *losses("opus", "ours", (0, 5, 10, 20), (1, 3)),
                      *losses("pcmu", "foreign", (0, 5, 10, 20), (1,)), *losses("g722", "foreign", (0, 5, 10, 20), (1,)),
                      {"codec": "opus", "peer": "foreign", "delay": 60, "jitter": 40, "reorder": 10}],
}


def plot(rows):
    """Draws docs/pictures/quality-*.png."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [("own", "Opus, both ends ours", "C0"), ("opus10", "Opus, peer without redundancy, 10 ms", "C4"),
             ("opus", "the same, 20 ms", "C1"), ("g722", "G.722", "C2"), ("pcmu", "G.711", "C3")]
    figure, both = pyplot.subplots(1, 2, figsize=(9, 4), sharey=True)
    for axis, burst in zip(both, (1, 3)):
        for group, name, colour in lines:
            points = sorted((row["loss"], row["pesq"]) for row in rows
                            if row["group"] == group and (row["burst"] == burst or row["loss"] == 0))
            if points:
                axis.plot(*zip(*points), color=colour, marker="o", markersize=4, label=name)
        for codec, name, colour in (("opus", "Opus", "C1"), ("g722", "G.722", "C2"), ("pcmu", "G.711", "C3")):
            points = sorted((row["loss"], row["pesq"]) for row in rows if row["group"] == "baresip" and row["codec"] == codec
                            and not row["jitter"] and (row["burst"] == burst or row["loss"] == 0))
            if points:
                axis.plot(*zip(*points), color=colour, linestyle=":", marker="x", markersize=4, label=f"baresip, {name}, 20 ms")
        axis.set(xlabel="loss, %", title="at random" if burst == 1 else "in bursts of three", ylim=(1, 4.5))
        axis.grid(alpha=0.3)
    both[0].set_ylabel("PESQ-WB")
    figure.legend(*both[0].get_legend_handles_labels(), loc="lower center", ncol=4, fontsize=7)
    figure.tight_layout(rect=(0, 0.12, 1, 1))
    figure.savefig(os.path.join(TOP, "docs", "pictures", "quality-loss.png"), dpi=110)
    figure, axis = pyplot.subplots(figsize=(6, 3.4))
    for codec, name, colour in (("opus", "Opus", "C1"), ("g722", "G.722", "C2"), ("pcmu", "G.711", "C3")):
        # The network's mean is its jitter; without jitter it is what the row says.
        for group, style, who in (("jitter", "-", ""), ("baresip", ":", "baresip, ")):
            points = sorted((row["jitter"], row["delay"] - row["network"]) for row in rows
                            if row["group"] == group and row["codec"] == codec and not row["loss"] and row["network"] != 60
                            and (group == "jitter" or row["jitter"] or row["burst"] == 1))
            if points:
                axis.plot(*zip(*points), color=colour, linestyle=style, marker="x" if who else "o", markersize=4, label=who + name)
    axis.set(xlabel="jitter, +/- ms, with reordering", ylabel="delay beyond the network's mean, ms")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(os.path.join(TOP, "docs", "pictures", "quality-delay.png"), dpi=110)


def main():
    """Runs what was asked for."""
    os.makedirs(FOLDER, exist_ok=True)
    if sys.argv[1:] == ["--plot"]:
        with open(os.path.join(FOLDER, "rows.json"), encoding="utf-8") as file:
            plot(json.load(file))
        return 0
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    groups = [word for word in sys.argv[1:] if not word.startswith("--")]
    if not options:
        groups = groups or [name for name in GROUPS if name not in ("quick", "plc")]
    if any(group not in GROUPS and group != "drift" for group in groups):
        print(__doc__, file=sys.stderr)
        return 2
    bench, rows = Bench(), []
    for group in groups:
        for codec, drift in ((codec, drift) for codec in ("opus", "g722", "pcmu") for drift in (100, -100) if group == "drift"):
            row = bench.hours(codec, drift)
            rows.append(row)
            print(f"drift   {codec:5} {drift:+} ppm, an hour: buffer {row['first']:.1f} ms in the first minutes, {row['last']:.1f} ms in the last, "
                  f"{row['most']:.0f} ms at most, {row['concealed_ms']} ms made up, late {row['late']}", flush=True)
        for condition in GROUPS.get(group, list)():
            row = {"group": group, **bench.measure(**condition)}
            rows.append(row)
            print(f"{group:7} {condition['codec']:5} {condition['peer']:8} {condition.get('ptime', 20)} ms loss {condition.get('loss', 0):2} % "
                  f"burst {condition.get('burst', 1)} delay {condition['delay']:3} +/- {condition.get('jitter', 0):3} ms  "
                  f"PESQ {row['pesq']:.2f} (worst {row['worst']:.2f})  mouth to ear {row['delay']:.0f} ms  "
                  f"buffer p95 {row['depth95']:.0f} ms  late {row['late']}  {row['kbit_s']:.0f} kbit/s", flush=True)
    for option in options:
        if option.split("=")[0] == "--baresip":
            rows += beside(bench, option.split("=")[1].split(",") if "=" in option else ("opus", "g722", "pcmu"))
    # What other runs measured stays for the pictures.
    path, measured = os.path.join(FOLDER, "rows.json"), {(row["group"], row["codec"]) for row in rows}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            rows = [row for row in json.load(file) if (row["group"], row["codec"]) not in measured] + rows
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
