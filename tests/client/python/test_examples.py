"""The training examples, cut short."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from server_case import ServerCase

EXAMPLES = (pathlib.Path(__file__).resolve().parents[3] /
            "client/python/examples")


class ExamplesTest(ServerCase):

    def run_example(self, name, *flags):
        """Its table, and what it writes."""
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run(
                [sys.executable, "-B", EXAMPLES / name, "--target",
                 self.socket, "--out", out, *flags],
                env=os.environ, capture_output=True, text=True, check=True)
            self.assertIn("<svg", (pathlib.Path(out) / "step.svg").read_text())
            self.assertTrue((pathlib.Path(out) / "seconds.svg").exists())
            return done.stdout, json.loads(
                (pathlib.Path(out) / "runs.json").read_text())

    def test_copy_task_learns_in_every_mode(self):
        table, runs = self.run_example(
            "train_copy.py", "--seq", "16", "--chunk", "4", "--dim", "32",
            "--steps", "150", "--report-every", "50", "--symbols", "4",
            "--learning-rate", "3e-3", "--seeds", "1", "2")
        self.assertEqual([(run["mode"], run["seed"]) for run in runs],
                         [(mode, seed) for seed in (1, 2)
                          for mode in ("full", "reformer", "mongoose")])
        for run in runs:
            self.assertEqual([p["step"] for p in run["points"]], [50, 100, 150])
            self.assertIn(f"| {run['mode']} |", table)
            self.assertLess(run["points"][-1]["value"], 1.3)  # ln 4 is 1.39
        self.assertGreater(runs[2]["sent"], 0)
        self.assertEqual(self.client.list_indexes(), [])

    def test_language_model_beats_even_bytes(self):
        with tempfile.NamedTemporaryFile() as text:
            text.write(b"a stitch in time saves nine. " * 200)
            text.flush()
            _, runs = self.run_example(
                "train_lm.py", "--text", text.name, "--seq", "32", "--chunk",
                "8", "--dim", "32", "--layers", "1", "--steps", "60",
                "--report-every", "30", "--learning-rate", "3e-3",
                "--modes", "mongoose")
        self.assertLess(runs[0]["points"][-1]["value"], 5)
        self.assertLess(runs[0]["points"][-1]["value"],
                        runs[0]["points"][0]["value"])

    def test_a_text_that_is_too_short_is_named(self):
        done = subprocess.run(
            [sys.executable, "-B", EXAMPLES / "train_lm.py", "--target",
             self.socket, "--text", __file__, "--seq", "100000"],
            env=os.environ, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--text must have at least 200004 bytes, got",
                      done.stderr)
