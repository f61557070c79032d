#!/bin/sh
# Draws the icons anew: an entrance arch, white on the accent colour. Needs ImageMagick.
set -eu
cd "$(dirname "$0")"
accent='#1f5fbf'
# The arch stands on its threshold; the light falls through it onto the floor.
big=$(mktemp -u).png
convert -size 1024x1024 xc:none \
  -fill "$accent" -draw 'roundrectangle 32,32 991,991 200,200' \
  -fill white -draw "path 'M 232,832 L 232,480 A 280,280 0 0 1 792,480 L 792,832 L 672,832 L 672,480 A 160,160 0 0 0 352,480 L 352,832 Z'" \
  -fill white -draw "path 'M 452,832 L 452,520 A 60,60 0 0 1 572,520 L 572,832 Z'" \
  -define png:compression-level=9 "$big"
for side in 32 128 256 512; do
  convert "$big" -filter Lanczos -resize "${side}x${side}" -strip "PNG32:${side}x${side}.png"
done
mv 256x256.png 128x128@2x.png
mv 512x512.png icon.png
convert "$big" -strip -define icon:auto-resize=256,64,48,32,24,16 icon.ico
rm -f "$big"
