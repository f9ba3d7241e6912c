# Understudy: `make help` lists what there is.
# One set of Go flags everywhere: another set would compile SQLite again.
export GOFLAGS := -trimpath -buildvcs=false -tags=sqlite_omit_load_extension,netgo,osusergo
export CGO_ENABLED := 1

BASE     ?= 3.2.4
SITE     ?=
NETWORK  ?=
PROFILE  ?= va-small
FIRMWARE ?=
FRESH    ?=
SEED     ?=
export BASE SITE NETWORK PROFILE FIRMWARE FRESH SEED

# Unit packages are everything but the rooms that boot machines or drive a browser.
UNIT = $$(go list ./... | grep -v '^understudy/integration/\(guide\|browser\|faults\)')

.DEFAULT_GOAL := help
.PHONY: help run image test test-unit test-vm test-long bench fuzz fmt vet deps-run deps-test clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: deps-run ## Boot an appliance in QEMU and print where to sign in (FRESH=1 BASE=… SITE=… PROFILE=… FIRMWARE=uefi|bios NETWORK=cut)
	@go build -o build/bin/run ./integration/cmd/run && exec build/bin/run

image: deps-run ## Build the disk image under build/image (BASE=…)
	@go run ./bootimg/cmd/mkimage -base $(BASE) -cache build/cache -out build/image

test: deps-test vet ## The whole proof: vet, unit tests, machines, pages in a browser
	@.ci/test

test-unit: vet ## The quick loop: everything that boots no machine
	@go test $(UNIT)

test-vm: deps-test ## Only what boots machines or drives a browser
	@.ci/test vm

test-long: deps-test vet ## The rest: race detector, longer fuzzing, the full fault matrix
	@.ci/test long

bench: deps-test ## Measure side by side; prints a table and writes build/bench.json (BENCH=starts, updates … for one group: the table only)
	@go build -o build/bin/bench ./integration/cmd/bench && build/bin/bench $(if $(BENCH),-only $(BENCH))

fuzz: ## Fuzz every target for FUZZTIME (default 30s each)
	@.ci/fuzz

fmt: ## Format the Go code
	@gofmt -l -w $$(git ls-files '*.go')

vet:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@go vet ./...

deps-run:
	@.ci/deps run

deps-test:
	@.ci/deps run test

clean: ## Remove what was built, kept disks included
	@rm -rf build
