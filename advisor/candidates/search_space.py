"""What probes may vary: the families that a network takes, where, and at which doses."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace
from math import log10

from advisor.candidates.arm import Arm
from advisor.candidates.place import Place
from advisor.candidates.placement import Placement
from advisor.candidates.proposals import propose_more
from advisor.inputs.model_facts import LayerFacts, position
from advisor.regularization import FAMILIES, SPECS, Change, Family, Strategy, Where
from advisor.rulebook.rule import Findings
from advisor.values import dataclass

# Losses of .02 to 20 are of ordinary size, with .6 in the middle. Smaller ones need smaller doses
# (the rule `loss-is-tiny`). Larger ones take the usual doses: scale their targets first.
TINY_LOSS = 0.02
USUAL_LOSS = 0.6
SlotKey = tuple[str, str, str]  # layer, slot, kind


@dataclass(frozen=True, kw_only=True)
class SearchSpace:
    """All that arms may vary in one network.

    `places` says where each family goes, `variants` where it may go instead. `present` are all
    slots that have a strength now. `starts` are the doses that the rules suggest for losses of
    ordinary size; penalties are tried at `unit` times these.

    `forbidden` are the families that have places, but rules against all of them, with the titles
    of these rules. `notes` are sentences for the report on what was left out.
    """

    places: Mapping[Family, tuple[Place, ...]] = field(default_factory=dict)
    present: tuple[Place, ...] = ()
    starts: Mapping[Family, float] = field(default_factory=dict)
    variants: Mapping[tuple[Family, Where], tuple[Place, ...]] = field(default_factory=dict)
    unit: float = 1.0
    forbidden: Mapping[Family, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def families(self) -> tuple[Family, ...]:
        """The families with a place."""
        return tuple(family for family in FAMILIES if self.places.get(family))

    @property
    def has_present(self) -> bool:
        """True if there is regularization to reduce or remove."""
        return bool(self.present)

    @property
    def held(self) -> dict[Family, float]:
        """The mean present strength of each family that is in the network."""
        strengths: dict[Family, list[float]] = {}
        for place in self.present:
            strengths.setdefault(place.family, []).append(place.present)
        return {family: sum(values) / len(values) for family, values in strengths.items()}

    def scaled(self, doses: Mapping[Family, float]) -> dict[Family, float]:
        """Doses for losses of ordinary size, turned into those for this network's loss."""
        return {family: _times(family, dose, self.unit) for family, dose in doses.items()}

    def usual(self, doses: Mapping[Family, float]) -> dict[Family, float]:
        """The inverse of `scaled`."""
        return {family: _times(family, dose, 1 / self.unit) for family, dose in doses.items()}

    @property
    def slots(self) -> tuple[SlotKey, ...]:
        """Every slot that any arm may vary, as (layer, slot, kind)."""
        return tuple({_key(place): None for place in self._all_places()})

    def limited_to(self, layers: Collection[str]) -> "SearchSpace":
        """The space without places at other layers; with a note if there were any."""
        left_out = sorted({place.layer for place in self._all_places()} - set(layers))
        if not left_out:
            return self
        note = f"{', '.join(left_out)}: made in code, so no trial can vary it"
        places = {family: _at(of_family, layers) for family, of_family in self.places.items()}
        variants = {key: _at(of_family, layers) for key, of_family in self.variants.items()}
        return replace(
            self,
            places={family: of_family for family, of_family in places.items() if of_family},
            present=_at(self.present, layers),
            variants={key: of_family for key, of_family in variants.items() if of_family},
            notes=(*self.notes, note),
        )

    def strategy(self, arm: Arm) -> Strategy:
        """The changes that turn the user's recipe into `arm`, without slots that don't change."""
        targets = {_key(place): (place, place.present * arm.share) for place in self.present}
        for family, dose in arm.doses.items():
            for place in self._places_of(family, arm.where.get(family)):
                share = SPECS[family].share(place.kind, place.slot)
                targets[_key(place)] = (place, dose * share)
        changes = {
            key: _change(place, SPECS[place.family].scale.bounded(to))
            for key, (place, to) in targets.items()
        }
        ordered = [changes[slot] for slot in self.slots if slot in changes]
        return Strategy(changes=tuple(c for c in ordered if c.to != c.before))

    def is_possible(self, arm: Arm) -> bool:
        """True if every family of `arm` has a place."""
        return all(self._places_of(family, arm.where.get(family)) for family in arm.doses)

    def _places_of(self, family: Family, where: Where | None) -> tuple[Place, ...]:
        if where is None:
            return self.places.get(family, ())
        return self.variants.get((family, where), ())

    def _all_places(self) -> Iterator[Place]:
        for places in (*self.places.values(), *self.variants.values(), self.present):
            yield from places


def search_space_of(findings: Findings, placement: Placement) -> SearchSpace:
    """What the network takes; of the rules only the vetoes count.

    Penalties go on the kernels of all trainable weight layers, dropout after hidden layers. Frozen
    layers are left alone.
    """
    unit = _unit(placement)
    vetoes = _vetoes(findings)
    present = tuple(p for p in placement.present_places(FAMILIES) if _is_trained(placement, p))
    places: dict[Family, tuple[Place, ...]] = {}
    forbidden: dict[Family, tuple[str, ...]] = {}
    for family in FAMILIES:
        usual = _default_places(family, placement, present)
        against = {place: tuple(_against(place, vetoes[family])) for place in usual}
        allowed = tuple(place for place in usual if not against[place])
        if allowed:
            places[family] = allowed
        elif usual:
            titles = (title for reasons in against.values() for title in reasons)
            forbidden[family] = tuple(dict.fromkeys(titles))
    return SearchSpace(
        places=places,
        present=present,
        starts=_starts(findings, placement),
        variants=_variants(places, placement),
        unit=unit,
        forbidden=forbidden,
        notes=(*(_veto_notes(vetoes) if places or present else ()), *_unit_notes(unit)),
    )


def _unit(placement: Placement) -> float:
    """What penalties are scaled with: 1, unless this is a regression with a tiny loss.

    Penalties must be in proportion to the loss: the best strength grows with the variance of what
    is left to explain (ridge regression).
    """
    values = placement.evidence.model.values
    loss = values.get("loss.val_min")
    if values.get("model.task") != "regression" or not isinstance(loss, float):
        return 1.0
    return 10.0 ** round(log10(loss / USUAL_LOSS)) if 0 < loss < TINY_LOSS else 1.0


def _unit_notes(unit: float) -> Iterator[str]:
    if unit != 1:
        yield f"penalties were probed at {unit:g} of the usual doses, because the loss is so small"


def _vetoes(findings: Findings) -> dict[Family, dict[str | None, str]]:
    """For each family the layers where a rule forbids it (None: everywhere), with its title."""
    vetoes: dict[Family, dict[str | None, str]] = {family: {} for family in FAMILIES}
    for finding in findings.fired:
        for family in finding.rule.suggest.forbid if finding.rule.suggest else ():
            vetoes[family].setdefault(finding.layer, finding.title)
    return vetoes


def _against(place: Place, titles: Mapping[str | None, str]) -> Iterator[str]:
    """The titles of the rules that forbid a place, from `titles` by layer."""
    yield from (titles[layer] for layer in (None, place.owner, place.layer) if layer in titles)


def _veto_notes(vetoes: Mapping[Family, Mapping[str | None, str]]) -> Iterator[str]:
    for family, titles in vetoes.items():
        if None in titles:
            yield f"{SPECS[family].label} was not probed: {titles[None]}"


def _is_trained(placement: Placement, place: Place) -> bool:
    return placement.model.layer(place.layer).trainable


def _default_places(
    family: Family, placement: Placement, present: Iterable[Place]
) -> tuple[Place, ...]:
    """Where `family` goes, and where else it is present: a dose sets all of it to one strength.

    Present dropout before Batch Normalization or on the inputs is not among these. It may be
    weakened, but its rate is not that of hidden units.
    """
    spec = SPECS[family]
    hidden = placement.layers("hidden", None)
    # A network of rectifiers evades a penalty on its hidden kernels alone: these shrink while the
    # output's kernel grows by the same factor (Neyshabur et al. 2015), so it is penalized too.
    layers = _weight_layers(placement) if spec.is_penalty else hidden
    usual = placement.places(family, layers, or_head=True)
    beside = [p for p in present if p.family == family and p.slot != spec.layer_slot]
    unique = {_key(place): place for place in (*beside, *usual)}
    return tuple(sorted(unique.values(), key=lambda p: position(placement.model, p.layer)))


def _weight_layers(placement: Placement) -> list[LayerFacts]:
    return [x for x in placement.model.layers if placement.is_weight_layer(x) and x.trainable]


def _variants(
    places: Mapping[Family, tuple[Place, ...]], placement: Placement
) -> dict[tuple[Family, Where], tuple[Place, ...]]:
    """The places of each family's variant, if these are some of its places and not all."""
    variants: dict[tuple[Family, Where], tuple[Place, ...]] = {}
    wanted = {f: variant.where for f in FAMILIES if (variant := SPECS[f].variant) is not None}
    for family, where in wanted.items():
        owners = {layer.path for layer in placement.layers(where, None)}
        default = places.get(family, ())
        chosen = tuple(place for place in default if place.owner in owners)
        if chosen and len(chosen) < len(default):
            variants[family, where] = chosen
    return variants


def _starts(findings: Findings, placement: Placement) -> dict[Family, float]:
    singles = [p for p in propose_more(findings, placement) if len(p.families) == 1]
    return {p.families[0]: p.strengths[p.families[0]].start for p in singles}


def _at(places: Iterable[Place], layers: Collection[str]) -> tuple[Place, ...]:
    return tuple(place for place in places if place.layer in layers)


def _times(family: Family, dose: float, factor: float) -> float:
    """The product to six digits, as it is shown and pasted; a rate is not scaled."""
    is_same = factor == 1 or not SPECS[family].scales_with_loss
    return dose if is_same else float(f"{dose * factor:.6g}")


def _key(place: Place) -> SlotKey:
    return (place.layer, place.slot, place.kind)


def _change(place: Place, to: float) -> Change:
    """The change with the strengths worth trying around it."""
    is_weaker = to < place.present
    low, high = (0.0, place.present) if is_weaker else SPECS[place.family].scale.around(to)
    return place.change(to, low=low, high=high)
