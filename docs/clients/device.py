"""A Leadwatch device in Python, standard library only, over HTTP (docs/feeds.md).

    python3 device.py http://127.0.0.1:8080 bed-9 [token] [seconds]
"""
import json
import struct
import sys
import time
import urllib.error
import urllib.request

FS = 250  # Hz
STEP = 25  # samples a frame: 100 ms


class Unheard(Exception):
    """The hello holds no longer, or not yet: the server began anew, or another device has the bed."""


def post(url, body, headers):
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as refusal:
        fault = json.loads(refusal.read())["fault"]
        if fault["code"] in ("FEED_NO_HELLO", "FEED_BED_TAKEN"):
            raise Unheard(fault["message"])
        raise SystemExit(f"{fault['code']}: {fault['message']}")


def frame(sequence, sample_index, time_ms, leads):
    """Packs int16 adu; -32768 is a missing sample."""
    header = struct.pack("<HBBIddHBBI", 0x574C, 1, 1, sequence & 0xFFFFFFFF, time_ms, sample_index, len(leads[0]), len(leads), 0, 0)
    return header + b"".join(struct.pack(f"<{len(lead)}h", *lead) for lead in leads)


def read_converter(n):
    return 200 if n % 200 < 5 else 0  # 1 mV for 20 ms, 75 times a minute


def main(url, bed, token="", seconds="inf"):
    auth = {"authorization": f"Bearer {token}"} if token else {}
    hello = {"version": 1, "bed": bed, "source": "device", "device": "Python example", "samplingFrequencyHz": FS,
             "leads": ["II"], "adcGain": [200], "baseline": [0]}
    session, began, sequence = None, 0.0, 0
    while sequence * STEP / FS < float(seconds):
        at = sequence * STEP
        samples = [read_converter(at + i) for i in range(STEP)]
        # Samples are sent once they exist; while the server is away they wait here and are sent on without a gap.
        time.sleep(max(0, began + (at + STEP) / FS - time.time()))
        try:
            if session is None:
                reply = post(f"{url}/feeds/http/hello", json.dumps(hello).encode(), {"content-type": "application/json", **auth})
                session, began, sequence = reply["session"], time.time(), 0
                continue
            packed = frame(sequence, at, (began + at / FS) * 1000, [samples])
            post(f"{url}/feeds/http/frame", packed, {"content-type": "application/octet-stream", "feed-session": session})
            sequence += 1
        except Unheard as reason:
            print(reason, file=sys.stderr)
            session = None  # asked for again in a second, and a new epoch begins
            time.sleep(1)
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)


main(*sys.argv[1:])
