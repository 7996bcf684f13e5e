"""Writes a set of 4,000 training and 200 test points over 800 labels and
features into the folder given: tiny.train.txt and tiny.test.txt."""
import random
import sys

random.seed(1)
for part, points in (("train", 4000), ("test", 200)):
    with open(f"{sys.argv[1]}/tiny.{part}.txt", "w", encoding="utf-8") as file:
        file.write(f"{points} 800 800\n")
        for _ in range(points):
            label = random.randrange(800)
            file.write(f"{label} {label}:1.0\n")
