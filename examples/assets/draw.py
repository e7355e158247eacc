#!/usr/bin/env python3
"""Draws the pictures and the video of the examples, so that nobody needs rights to anybody's photographs.

Needs Pillow, the DejaVu fonts and ffmpeg (Debian: python3-pil fonts-dejavu-core ffmpeg); writes beside itself.
"""

import math
import pathlib
import random
import subprocess
import tempfile

from PIL import Image, ImageDraw, ImageFont

HERE = pathlib.Path(__file__).parent
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
NIGHT, SEA, FOAM, SUN, CORAL = "#12324a", "#1f6f8b", "#e8f1f2", "#f6c453", "#e4572e"
FORMATS = {"wide": (1200, 628), "square": (1080, 1080), "tall": (720, 1280)}


def jacket(draw, x, y, s):
    draw.polygon([(x - s * .30, y - s * .34), (x + s * .30, y - s * .34), (x + s * .36, y + s * .45),
                  (x - s * .36, y + s * .45)], fill=SUN)
    draw.polygon([(x - s * .30, y - s * .34), (x - s * .56, y + s * .28), (x - s * .40, y + s * .34),
                  (x - s * .24, y - s * .05)], fill="#e0aa33")
    draw.polygon([(x + s * .30, y - s * .34), (x + s * .56, y + s * .28), (x + s * .40, y + s * .34),
                  (x + s * .24, y - s * .05)], fill="#e0aa33")
    draw.pieslice([x - s * .21, y - s * .58, x + s * .21, y - s * .14], 150, 390, fill="#e0aa33")
    draw.line([(x, y - s * .30), (x, y + s * .45)], fill=NIGHT, width=max(3, int(s * .02)))
    for side in (-1, 1):
        draw.rectangle(sorted_box(x + side * s * .10, y + s * .16, x + side * s * .26, y + s * .20), fill=NIGHT)


def boots(draw, x, y, s):
    for shift, color in ((-.20, "#b3401e"), (.16, CORAL)):
        left = x + s * shift
        draw.polygon([(left - s * .16, y - s * .42), (left + s * .10, y - s * .42), (left + s * .12, y + s * .05),
                      (left + s * .36, y + s * .18), (left + s * .38, y + s * .32), (left - s * .18, y + s * .32)],
                     fill=color)
        draw.rectangle([left - s * .20, y + s * .32, left + s * .40, y + s * .40], fill=NIGHT)
        for step in range(4):
            height = y - s * .30 + step * s * .10
            draw.line([(left - s * .02, height), (left + s * .11, height)], fill=FOAM, width=max(3, int(s * .02)))


def backpack(draw, x, y, s):
    draw.rounded_rectangle([x - s * .32, y - s * .40, x + s * .32, y + s * .44], s * .16, fill=CORAL)
    draw.rounded_rectangle([x - s * .24, y + s * .02, x + s * .24, y + s * .34], s * .06, fill="#b3401e")
    draw.arc([x - s * .14, y - s * .54, x + s * .14, y - s * .28], 180, 360, fill=NIGHT, width=max(4, int(s * .04)))
    draw.line([(x - s * .24, y - s * .12), (x + s * .24, y - s * .12)], fill=NIGHT, width=max(3, int(s * .02)))
    draw.rectangle([x - s * .04, y + s * .10, x + s * .04, y + s * .18], fill=SUN)


THINGS = {"jacket": jacket, "boots": boots, "backpack": backpack}


def sorted_box(x0, y0, x1, y1):
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def rain(draw, width, height, phase):
    drops = random.Random(7)
    for _ in range(60):
        x, y, speed = drops.uniform(0, width), drops.uniform(0, 1), drops.choice((1, 2))
        top = ((y + phase * speed) % 1) * (height + 80) - 40
        draw.line([(x, top), (x - 10, top + 36)], fill="#5fa3b8", width=4)


def scene(thing, size, phase=0.0):
    width, height = size
    image = Image.new("RGB", size, NIGHT)
    draw = ImageDraw.Draw(image)
    horizon = int(height * .62)
    draw.rectangle([0, horizon, width, height], fill=SEA)
    for wave in range(5):
        level = horizon + (height - horizon) * wave / 5
        points = [(x, level + 10 * math.sin(x / 60 + wave + phase * 2 * math.pi)) for x in range(0, width + 20, 20)]
        draw.line(points, fill="#3a8ca7", width=5)
    rain(draw, width, height, phase)
    scale = min(width, height) * .62
    wide = width > height * 1.3
    THINGS[thing](draw, width * (.72 if wide else .5), height * (.5 if wide else .46), scale)
    name = ImageFont.truetype(FONT, int(min(width, height) * .11))
    small = ImageFont.truetype(FONT, int(min(width, height) * .042))
    left = width * (.07 if wide else .08)
    top = height * (.34 if wide else .80)
    draw.text((left, top), "VELETA", font=name, fill=FOAM)
    draw.text((left, top + name.size * 1.25), "Ropa para mal tiempo", font=small, fill=FOAM)
    return image


def logo(size):
    """A drop under a roof; square, as Google wants a logo."""
    image = Image.new("RGB", (size, size), NIGHT)
    draw = ImageDraw.Draw(image)
    draw.polygon([(size * .14, size * .46), (size * .50, size * .14), (size * .86, size * .46)], fill=SUN)
    draw.ellipse([size * .36, size * .56, size * .64, size * .86], fill=FOAM)
    draw.polygon([(size * .37, size * .68), (size * .50, size * .44), (size * .63, size * .68)], fill=FOAM)
    return image


def main():
    logo(512).quantize(8, dither=Image.Dither.NONE).save(HERE / "logo-square.png", optimize=True)
    for thing in THINGS:
        for shape, size in FORMATS.items():
            if thing == "backpack" and shape != "square":
                continue
            picture = scene(thing, size).quantize(48, dither=Image.Dither.NONE)
            picture.save(HERE / f"{thing}-{shape}.png", optimize=True)
    with tempfile.TemporaryDirectory() as folder:
        for frame in range(80):
            scene("jacket", FORMATS["tall"], frame / 80).save(f"{folder}/{frame:03}.png")
        subprocess.run(
            ["ffmpeg", "-loglevel", "error", "-y", "-framerate", "20", "-i", f"{folder}/%03d.png", "-c:v", "libx264",
             "-preset", "veryslow", "-crf", "38", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
             "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(HERE / "rain.mp4")],
            check=True)


main()
