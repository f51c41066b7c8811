# Needs only Python 3.10 or newer and make; everything else is installed into .venv. "make" lists what there is.

PYTHON ?= python3
PORT ?= 8000
VENV ?= .venv

python = $(VENV)/bin/python
# setuptools warns about editable installations in general; a newcomer can do nothing about it.
install = PYTHONWARNINGS='ignore:Editable installation' $(python) -m pip install --quiet --disable-pip-version-check
manage = EXAMPLE_URL=http://127.0.0.1:$(PORT) $(python) example_project/manage.py
# Another port than last time changes the links in every record, and that is meant.
sync = $(manage) oai_sync --allow-mass-change

.PHONY: help demo test soak lint format coverage docs bench drivers clean

help:
	@echo "make demo      a small library that answers OAI-PMH on http://127.0.0.1:$(PORT) (PORT=9000 make demo: elsewhere)"
	@echo "make test      all tests, on SQLite, and on PostgreSQL and MariaDB where they are found (ARGS='-k tokens')"
	@echo "make lint      ruff, mypy, and a look for missing migrations"
	@echo "make format    let ruff put the code into shape"
	@echo "make coverage  the tests once more, with a report of the lines that they miss"
	@echo "make soak      writers, killed syncs and harvesters at once: is anything lost? (TIME=60 seconds; BREAK=fence)"
	@echo "make docs      the documentation, into docs/_build/html"
	@echo "make bench     speed, side by side with other packages"
	@echo "make drivers   try once more to install the drivers of PostgreSQL and MariaDB"
	@echo "make clean     remove everything that was built, the virtual environment too"

# --- What people run --------------------------------------------------------------------------------------------------

demo: $(VENV)/.examples
	@echo "==> 1/5 Preparing the database"
	@$(manage) migrate --verbosity 0
	@echo "==> 2/5 Loading the library and the archive (manage.py load_library)"
	@$(manage) load_library
	@echo "==> 3/5 Indexing their records (manage.py oai_sync)"
	@$(sync)
	@echo "==> 4/5 Withdrawing a few works, so that deleted records can be seen (manage.py withdraw_works)"
	@$(manage) withdraw_works
	@$(sync)
	@echo "==> 5/5 Starting the server"
	@echo
	@echo "    Pages for people    http://127.0.0.1:$(PORT)/"
	@echo "    For harvesters      http://127.0.0.1:$(PORT)/oai"
	@echo "                        http://127.0.0.1:$(PORT)/archive/oai"
	@echo "    To try              http://127.0.0.1:$(PORT)/oai?verb=Identify"
	@echo "                        http://127.0.0.1:$(PORT)/oai?verb=ListRecords&metadataPrefix=oai_dc"
	@echo
	@echo "    Ctrl-C stops it. On another port: PORT=9000 make demo"
	@echo
	@$(manage) runserver 127.0.0.1:$(PORT)

test: $(VENV)/.test $(VENV)/.drivers
	@$(python) -m tests.databases $(ARGS)

soak: $(VENV)/.test $(VENV)/.drivers
	@$(python) -m tests.soak --seconds $(or $(TIME),60) $(if $(BREAK),--break $(BREAK)) $(if $(REPLICA),--replica)

lint: $(VENV)/.lint
	@echo "==> ruff"
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@echo "==> mypy"
	@$(python) -m mypy --strict django_oaipmh
	@echo "==> migrations"
	@$(python) -m django makemigrations --check --dry-run --settings=tests.settings
	@EXAMPLE_DATABASE_NAME=:memory: $(manage) makemigrations --check --dry-run

format: $(VENV)/.lint
	@$(python) -m ruff check --fix .
	@$(python) -m ruff format .

coverage: $(VENV)/.test $(VENV)/.drivers
	@$(python) -m coverage erase
	@$(python) -m tests.databases --cov --cov-append --cov-report= $(ARGS)
	@$(python) -m coverage report
	@$(python) -m coverage html --quiet
	@echo "==> Line by line: htmlcov/index.html"

docs: $(VENV)/.docs
	@echo "==> Building the documentation"
	@$(python) -m sphinx -W --keep-going --quiet -b html docs docs/_build/html
	@echo "==> Open docs/_build/html/index.html"

bench: $(VENV)/.bench
	@$(python) -m benchmarks.run $(ARGS)

clean:
	rm -rf $(VENV) .tox .bench build dist *.egg-info docs/_build htmlcov .coverage .coverage.* \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis example_project/*.sqlite3 example_project/*.sqlite3-*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The virtual environment: one empty file for each thing that has been installed into it ---------------------------

$(VENV)/.created:
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3.10; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.10 or newer is needed, but $(PYTHON) is not. Say which: PYTHON=/path/to/python3 make ..."; exit 1; \
	fi; \
	echo "==> Creating the virtual environment $(VENV) ($$("$$found" --version), $$found)"; \
	"$$found" -m venv --clear $(VENV) || { \
		rm -rf $(VENV); echo; \
		echo "This Python cannot create virtual environments. Install the missing part, and make again:"; \
		echo "    Debian, Ubuntu   apt install python3-venv"; \
		echo "    SUSE             zypper install python3-pip"; \
		echo "    others           a Python with the modules venv and ensurepip"; exit 1; }
	@$(install) --upgrade pip
	@touch $@

$(VENV)/.examples: $(VENV)/.created setup.cfg
	@echo "==> Installing django_oaipmh and what the example needs (the first time takes a minute)"
	@$(install) --editable '.[examples]'
	@touch $@

$(VENV)/.test: $(VENV)/.created setup.cfg
	@echo "==> Installing django_oaipmh and what its tests need (the first time takes a minute)"
	@$(install) --editable '.[examples,test]'
	@touch $@

$(VENV)/.lint: $(VENV)/.created setup.cfg
	@echo "==> Installing ruff, mypy and stubs (the first time takes a minute)"
	@$(install) --editable '.[examples,test,lint]'
	@touch $@

$(VENV)/.docs: $(VENV)/.created setup.cfg
	@echo "==> Installing Sphinx (the first time takes a minute)"
	@$(install) --editable '.[docs]'
	@touch $@

$(VENV)/.bench: $(VENV)/.created setup.cfg benchmarks/requirements.txt
	@echo "==> Installing what the benchmarks need (the first time takes a minute)"
	@$(install) --editable . -r benchmarks/requirements.txt
	@touch $@

# The tests run without these; tests/databases.py then says which database it skips, and why.
$(VENV)/.drivers: $(VENV)/.created setup.cfg
	@echo "==> Installing the drivers of PostgreSQL and MariaDB"
	@$(install) --editable '.[postgresql]' || echo "    psycopg could not be installed: no tests on PostgreSQL"
	@$(install) --editable '.[mariadb]' >$(VENV)/mysqlclient.log 2>&1 || \
		echo "    mysqlclient could not be built: no tests on MariaDB (see $(VENV)/mysqlclient.log)"
	@touch $@

drivers:
	@rm -f $(VENV)/.drivers
	@$(MAKE) -s $(VENV)/.drivers
