#!/bin/sh
# A parcel's area by the package area is a third of a percent too large: 1.26 hectares on 374.
#
# Expected before the run: a sphere in place of the ellipsoid, some hundredths of a percent off.
# What happens: area 1.1.1 takes the sphere of the equator's radius (6,378,137 m), @turf/area 7.4.0 one of the mean radius.
#   At 30 degrees north a rectangle of 374.3 hectares is 375.6 by the first (+0.337 %), 374.7 by the second (+0.113 %);
#   pyproj gives the ellipsoid's, which planar metres of the zone (EPSG:32648, scale taken out) confirm.
# Why it matters: land is stated and paid for in square metres and mu. A third of a percent is 19 mu in 5,600, and
#   more than another datum does to an area (0.26 % at most): such a check blames the surveyor.
# What to do: geodesic area on the ellipsoid (Geod), and say by which; show the stated area beside it with the difference;
#   never compare with an area of a web map.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" area==1.1.1 pyproj==3.7.2
(cd "$T" && npm init -y >/dev/null && npm install --silent @turf/area@7.4.0 >/dev/null)
cat > "$T/turf.mjs" <<'JS'
import { area } from "@turf/area";
console.log(area(JSON.parse(process.argv[2])));
JS
PYTHONPATH="$T/p" python3 - "$T/turf.mjs" <<'PY'
import json
import subprocess
import sys
from importlib.metadata import version
from area import area
from pyproj import Geod, Proj, Transformer
print("area", version("area"), "pyproj", version("pyproj"), "@turf/area 7.4.0")
ring = [[103.80, 30.00], [103.82, 30.00], [103.82, 30.0175], [103.80, 30.0175], [103.80, 30.00]]
parcel = {"type": "Polygon", "coordinates": [ring]}
ellipsoid = abs(Geod(ellps="WGS84").polygon_area_perimeter(*zip(*ring))[0])
metres = [Transformer.from_crs(4326, 32648, always_xy=True).transform(*point) for point in ring]
planar = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(metres, metres[1:]))) / 2
planar /= Proj(32648).get_factors(103.81, 30.00875).areal_scale
turf = float(subprocess.run(["node", sys.argv[1], json.dumps(parcel)], capture_output=True, check=True).stdout)
found = {"area": area(parcel), "turf": turf, "planar": planar}
for name, square_metres in {"ellipsoid": ellipsoid, **found}.items():
    print(f"{name}: {square_metres:,.0f} m2, {square_metres / ellipsoid - 1:+.3%}")
assert 0.0033 < found["area"] / ellipsoid - 1 < 0.0035, "NOT as described"
assert 0.0010 < found["turf"] / ellipsoid - 1 < 0.0012, "NOT as described"
assert abs(planar / ellipsoid - 1) < 0.0001, "NOT as described"
print("As described: two spheres, neither of them the land's.")
PY
