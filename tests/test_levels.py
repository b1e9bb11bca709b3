from aecodec.levels import BY_NAME, DEFAULTS, LEVELS, LOSSLESS
from aecodec.library import GENERAL_FAMILY, family_of, level_of, shipped
from aecodec.model_file import read_model


def test_names_and_preferences_are_distinct() -> None:
    assert len({level.name for level in LEVELS}) == len(LEVELS) == len(BY_NAME)
    assert len({level.preference for level in LEVELS}) == len(LEVELS)
    assert DEFAULTS[:3] == ("x392", "classic", "q3")


def test_every_level_has_a_kind_and_a_phrase() -> None:
    for level in LEVELS:
        assert level.about
        assert not level.about.endswith(".")


def test_every_model_that_ships_is_of_a_level_and_of_its_kind() -> None:
    models = shipped()
    assert {family_of(name) for name in models} >= {"mnist", "fashion"}
    for name, path in models.items():
        kinds = {BY_NAME[level_of(name)].kind}
        if level_of(name) == LOSSLESS:
            kinds.add("scan")  # where the images have originals
        if family_of(name) == GENERAL_FAMILY:
            kinds = {"pixels"}  # in few grey levels
        assert read_model(path).kind in kinds, name
