"""llama.cpp's side: llama-bench for one sequence, llama-server for several at once."""

import concurrent.futures
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

START_S = 120
# A prompt of this many tokens warms up on its way; llama-bench would otherwise read it twice.
WARM_TOKENS = 2048


class Programs:
    """llama.cpp's programs in a folder or on the PATH; None for one that is missing."""

    def __init__(self, folder):
        def find(name):
            return shutil.which(name, path=str(folder) if folder else None)

        self.bench, self.server, self.quantize = map(find, ["llama-bench", "llama-server", "llama-quantize"])

    def measure(self, path, cases, threads):
        """Tokens a second of each case that can be measured."""
        rates = {}
        for case in cases:
            kind, *numbers = case.split(":")
            numbers = [int(number) for number in numbers]
            if kind == "prompt":
                warm = ["--no-warmup"] if numbers[0] >= WARM_TOKENS else []
                rates[case] = self._bench(path, threads, "-p", numbers[0], "-n", 0, *warm)
            elif numbers[0] == 1:
                rates[case] = self._bench(path, threads, "-p", 0, "-n", numbers[2], "-d", numbers[1])
            elif self.server:
                rates[case] = self._together(path, threads, *numbers)
        return rates

    def _bench(self, path, threads, *what):
        command = [self.bench, "-m", path, "-t", threads, "-r", 1, "-o", "json", *what]
        run = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
        return json.loads(run.stdout)[-1]["avg_ts"]

    def _together(self, path, threads, sequences, depth, tokens):
        """The sum of the rates of requests that are answered at the same time."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [self.server, "-m", path, "-t", threads, "-np", sequences, "--port", port,
                   "-c", sequences * (depth + tokens + 64), "--no-webui"]
        server = subprocess.Popen([str(word) for word in command],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(port)
            answer(port, 99, depth, 4)  # a prompt before those that count
            with concurrent.futures.ThreadPoolExecutor(sequences) as pool:
                answers = list(pool.map(lambda slot: answer(port, slot, depth, tokens), range(sequences)))
            return sum(it["timings"]["predicted_per_second"] for it in answers)
        finally:
            server.terminate()
            server.wait()


def wait(port):
    """Waits until the server has loaded its model."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError("llama-server did not start")


def answer(port, slot, depth, tokens):
    prompt = [(place * 7919) % 20_000 + slot for place in range(depth)]
    body = {"prompt": prompt, "n_predict": tokens, "ignore_eos": True, "temperature": 0, "cache_prompt": False}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/completion", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as reply:
        return json.load(reply)
