# The front door: `make demo` and `make test` are all that a newcomer needs on a fresh Debian 12. Both can be repeated.
BUILD ?= build/release
JOBS  ?= $(shell nproc)

.PHONY: help demo test build configure deps bench sanitize format lint clean

help:
	@echo "make demo      install packages, build the command, fit eight schools, and show what happened"
	@echo "make test      install packages, build all, run the whole test suite"
	@echo "make bench     gradients against hand-written loops, and the time of every compile phase"
	@echo "make lint      what clang-tidy finds by .clang-tidy; LINT=cli looks at one folder"
	@echo "make format    rewrite the C++ files as .clang-format says"
	@echo "make sanitize  the test suite under the address and undefined-behaviour sanitizers"
	@echo "make clean     remove the build folders"

deps:
	@sh scripts/install_packages.sh

configure: deps
	@echo "== configuring and building (Release) in $(BUILD)"
	@mkdir -p build && cmake --preset release -B $(BUILD) > build/configure.log 2>&1 || { cat build/configure.log; echo "make: configuring failed; the lines above say why"; exit 1; }

# $(call make_targets,names): nothing for all that the tests need.
make_targets = @cmake --build $(BUILD) -j $(JOBS) $(if $(1),--target $(1)) || { echo "make: the build failed; the lines above say why"; exit 1; }

build: configure
	$(call make_targets,)

demo: configure
	$(call make_targets,elba)
	@sh scripts/demo.sh $(BUILD)

test: build
	@sh scripts/install_packages.sh clang-format-19
	@echo "== checking the form of files, layers, header fences and the pages of diagnostics"
	@sh scripts/check_format.sh
	@python3 scripts/check_layers.py
	@python3 scripts/check_error_pages.py
	@echo "== ArviZ and CmdStanPy, which the tests open Elba's output with"
	@sh scripts/install_arviz.sh build/arviz
	@echo "== running the tests"
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS)

bench: configure
	$(call make_targets,elba_bench)
	@$(BUILD)/bench/elba_bench

sanitize: deps
	@cmake --preset asan-ubsan && cmake --build build/asan-ubsan -j $(JOBS) && cd build/asan-ubsan && ctest --output-on-failure

# LINT: the folders to look at; empty: all of the product.
lint: deps
	@sh scripts/install_packages.sh clang-tidy-19
	@sh scripts/lint.sh $(LINT)

format:
	@sh scripts/install_packages.sh clang-format-19
	@sh scripts/check_format.sh --fix

clean:
	rm -rf build
