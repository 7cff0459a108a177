#!/usr/bin/env python3
"""Writes isalnum.csv beside this script: for each range of assigned code points, whether str.isalnum accepts them.

Python 3.11 (Unicode 14) wrote what is here. SpeechRateTest compares the code points that are assigned for Java too:
Java 17 has Unicode 13, where those that came later have no category.
"""
import os, sys, unicodedata

ranges = []
for point in range(sys.maxunicode + 1):
    if unicodedata.category(chr(point)) == "Cn":
        continue
    accepted = chr(point).isalnum()
    if ranges and ranges[-1][1] == point - 1 and ranges[-1][2] == accepted:
        ranges[-1][1] = point
    else:
        ranges.append([point, point, accepted])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "isalnum.csv"), "w", newline="") as file:
    file.write("first,last,isalnum\n")
    for first, last, accepted in ranges:
        file.write(f"{first:x},{last:x},{str(accepted).lower()}\n")
