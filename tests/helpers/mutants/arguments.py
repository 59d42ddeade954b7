"""Planted mistakes in what becomes of arguments that do not fit, and of runs and reports that others left."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "evaluation/comparison.py",
        "evaluation/test_reports.py",
        ("less-alike-is-nearer", 'if name == "ms_ssim" else None', 'if name == "ssim" else None'),
        (
            "near-to-one-set-of-slices",
            'abs(score["value"] - real["value"])',
            'abs(score["value"] - people[0]["value"])',
        ),
        ("the-farther-is-nearer", "apart[0] < apart[1]", "apart[0] > apart[1]"),
    ),
    *mistakes_in(
        "evaluation/evaluate.py",
        "evaluation/test_evaluation_parts.py",
        ("patches-of-a-few-people", ".permutation(len(fake))[:FEWER]", ".permutation(FEWER)"),
        ("all-patches-each-time", "fake[some], seed", "fake, seed"),
    ),
    *mistakes_in(
        "training/checkpoint.py",
        "training/test_states.py",
        ("augmentation-never-begins", "nets.augment_p.path not in arrays or ", ""),
        ("a-fixed-strength-never-changes", " or not nets.config.ada_target", ""),
        ("a-found-strength-is-lost", "not nets.config.ada_target", "nets.config.ada_target"),
    ),
    *mistakes_in(
        "training/guards.py",
        "training/test_run_folder.py",
        (
            "a-length-in-quotes",
            '    total_kimg = check_number("total_kimg", total_kimg, 0, 1e6)\n',
            "    total_kimg = float(total_kimg)\n",
        ),
    ),
    *mistakes_in(
        "training/history.py",
        "training/test_run_folder.py",
        ("no-home-for-logs", "Path(folder).expanduser() / FILE", "Path(folder) / FILE"),
    ),
    *mistakes_in(
        "view/figures.py",
        "training/test_run_folder.py",
        ("no-home-for-pictures", "Path(folder).expanduser().glob", "Path(folder).glob"),
    ),
    *mistakes_in(
        "weights.py",
        "training/test_run_folder.py",
        (
            "no-home-for-generators",
            "write_arrays(Path(path).expanduser(), arrays, {",
            "write_arrays(Path(path), arrays, {",
        ),
    ),
    *mistakes_in(
        "view/explorer.py",
        "view/test_explorer.py",
        ("ranges-of-any-type", "not isinstance(name, str) or name", "name"),
        ("donor-of-any-kind", 'check_whole("donor", new.donor, 0)', "int(new.donor)"),
    ),
    *mistakes_in(
        "evaluation/sensitivity.py",
        "evaluation/test_sensitivity.py",
        ("a-fourth-strength", 'check_whole("strength", strength, 0, 2)', 'check_whole("strength", strength, 0, 3)'),
    ),
    *mistakes_in(
        "images/layout.py",
        "images/test_images.py",
        ("no-columns-at-all", 'check_whole("columns", columns, 1)', 'check_whole("columns", columns, 0)'),
        ("images-of-any-shape", 'images = check_square_images("images", images)', "images = np.asarray(images)"),
    ),
    *mistakes_in(
        "sampling/directions.py",
        "sampling/test_latent_space.py",
        ("amounts-in-words", "except (TypeError, ValueError):", "except TypeError:"),
    ),
    *mistakes_in(
        "view/latent.py",
        "sampling/test_latent_space.py",
        ("more-directions-than-there-are", 'check_whole("count", count, 1, len(directions))', "int(count)"),
    ),
    *mistakes_in(
        "__main__.py",
        "course/test_other_commands.py",
        ("a-reader-is-missed", "    except BrokenPipeError:", "    except ConnectionResetError:"),
    ),
]
