"""The bill of materials of what comes with stsbench at run time, as CycloneDX; `make sbom` writes it into dist/.

It lists the packages of the lock for every system, with the hashes of all their files, what depends on what, and
the licences that their files hold. The same commit gives the same bill.
"""

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import builds
import licences
import lock


def component(pin: lock.Pin, finding: licences.Finding) -> Component:
    """Return one package of the bill."""
    url = PackageURL("pypi", name=canonicalize_name(pin.name), version=pin.version)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one.removeprefix("sha256:")) for one in pin.hashes]
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(url)),
        comment="all wheels and source archives of the release",
        hashes=hashes,
    )
    return Component(
        name=canonicalize_name(pin.name),
        version=pin.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        licenses=[_licence(" AND ".join(f"({one})" if " " in one else one for one in finding.licences))],
        external_references=[files],
        properties=[Property(name="stsbench:marker", value=pin.marker)] if pin.marker else [],
    )


def needs_of(package: Distribution, known: Mapping[str, Component]) -> list[Component]:
    """Return which packages of the bill one requires on some system, without extras that nobody asked for."""
    requirements = map(Requirement, package.requires or [])
    names = {canonicalize_name(one.name) for one in requirements if "extra" not in str(one.marker or "")}
    return [known[name] for name in sorted(names) if name in known]


def bill() -> Bom:
    """Return the bill of materials of this commit."""
    pins = lock.read("run")
    allowing = licences.rules()
    packages = licences.installed(pins)
    parts: dict[str, Component] = {
        canonicalize_name(pin.name): component(pin, licences.judge(package, allowing))
        for pin, package in zip(pins, packages, strict=True)
    }
    ourselves = distribution("stsbench")
    url = PackageURL("pypi", name="stsbench", version=ourselves.version)
    whole = Component(
        name="stsbench",
        version=ourselves.version,
        type=ComponentType.APPLICATION,
        bom_ref=str(url),
        purl=url,
        licenses=[_licence("Apache-2.0")],
    )
    made = Bom(components=parts.values(), serial_number=uuid5(NAMESPACE_URL, f"{url} {builds.commit_time()}"))
    made.metadata.component = whole
    made.metadata.timestamp = datetime.fromtimestamp(builds.commit_time(), UTC)
    made.register_dependency(whole, needs_of(ourselves, parts))
    for part, package in zip(parts.values(), packages, strict=True):
        made.register_dependency(part, needs_of(package, parts))
    return made


def write(path: Path) -> int:
    """Write the bill and return how many packages it lists; SystemExit says where the schema is broken."""
    made = bill()
    text = JsonV1Dot6(made).output_as_string(indent=2)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SystemExit(f"the bill of materials is not valid: {wrong}")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n", "utf-8")
    return len(made.components)


def main() -> None:
    """Write the bill into dist/; exit code 1 if it is not valid."""
    argparse.ArgumentParser(description="Write the bill of materials of the run-time dependencies.").parse_args()
    path = builds.DIST / f"stsbench-{distribution('stsbench').version}.cdx.json"
    sys.stdout.write(f"{write(path)} packages: {path.relative_to(lock.ROOT)}\n")


def _licence(expression: str) -> LicenseExpression:
    return LicenseExpression(expression, acknowledgement=LicenseAcknowledgement.CONCLUDED)


if __name__ == "__main__":
    main()
