# SPDX-License-Identifier: BSL-1.0
"""Makes the virtual environment of the peers: `python3 install.py <folder>`.

Only what computes on the CPU is fetched. PyTorch's wheel is linked with the CUDA libraries, 2.4 GB
more to fetch; three small ones are installed, the others are replaced by empty libraries of the
same names, which is enough for torch to load where it binds functions lazily
(TORCH_USE_RTLD_GLOBAL). Should that fail, all of it is installed.
"""
import hashlib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

TORCH = "torch==2.15.0"
TORCH_NEEDS = ["filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec"]
CUDA_REAL = ["nvidia-cuda-runtime==13.2.86", "nvidia-cuda-cupti==13.2.86",
             "nvidia-cufile==1.17.1.22"]
CUDA_EMPTY = ["libcublas.so.13", "libcublasLt.so.13", "libcudnn.so.9", "libcufft.so.12",
              "libcusolver.so.12", "libcusparse.so.12", "libcusparseLt.so.0", "libnccl.so.2",
              "libnvrtc.so.13"]
# Symbols that torch takes the address of, so that they must exist when it is loaded.
NVSHMEM = """
void nvshmem_init(void) {}
void nvshmemi_get_device_state_ptrs(void) {}
long nvshmem_selected_device_transport[64];
long nvshmemi_device_only_state[4096];
"""
TORCH_TEST = """
import torch
m = torch.nn.Linear(8, 3)
o = torch.optim.Adam(m.parameters(), fused=True)
torch.nn.functional.cross_entropy(m(torch.ones(2, 8)), torch.tensor([0, 1])).backward()
o.step()
"""


def main():
    venv = pathlib.Path(sys.argv[1]).resolve()
    python = venv / "bin" / "python"
    requirements = (HERE / "requirements.txt").read_text()
    key = hashlib.sha256((requirements + pathlib.Path(__file__).read_text()).encode()).hexdigest()
    stamp = venv / "installed"
    if stamp.exists() and stamp.read_text() == key:
        return
    if not python.exists():
        say(f"making {venv}")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    groups = [line.split() for line in requirements.splitlines() if line and line[0] != "#"]
    done = [pip(python, *group) for group in groups]
    done.append(install_torch(python))
    if all(done):
        stamp.write_text(key)


def say(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)


def pip(python, *packages):
    say("installing " + " ".join(p for p in packages if p[0] != "-"))
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    result = subprocess.run([*command, *packages], stdout=sys.stderr)
    if result.returncode != 0:
        say("not installed: " + " ".join(packages))
    return result.returncode == 0


def install_torch(python):
    if loads(python):
        return True
    lean = pip(python, *TORCH_NEEDS) and pip(python, "--no-deps", TORCH, *CUDA_REAL)
    if lean and make_empty_libraries(python) and loads(python):
        return True
    say("the small installation of torch does not load; fetching all of it (several GB)")
    return pip(python, TORCH) and loads(python)


def loads(python):
    environment = {**os.environ, "TORCH_USE_RTLD_GLOBAL": "1"}
    return subprocess.run([str(python), "-c", TORCH_TEST], env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def make_empty_libraries(python):
    where = subprocess.run(
        [str(python), "-c", "import nvidia.cu13 as p; print(list(p.__path__)[0])"],
        capture_output=True, text=True)
    if where.returncode != 0:
        return False
    folder = pathlib.Path(where.stdout.strip()) / "lib"
    (folder / "nvshmem.map").write_text("NVSHMEM { *; };\n")
    versioned = ["-Wl,--version-script=" + str(folder / "nvshmem.map")]
    try:
        for name in CUDA_EMPTY:
            shared_library(folder / name, "", [])
        shared_library(folder / "libnvshmem_host.so.3", NVSHMEM, versioned)
    except (OSError, subprocess.CalledProcessError) as error:
        say(str(error))
        return False
    return True


def shared_library(path, text, options):
    if not path.exists():  # one that came with a full installation stays
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", f"-Wl,-soname,{path.name}",
                        *options, "-o", str(path)], input=text, text=True, check=True)


if __name__ == "__main__":
    main()
