# Thin names over the scripts that do the work. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export JAVA_HOME := $(shell dev/prerequisites --print-java-home)
MVN := ./mvnw -B -q

.PHONY: help kubectl-moult demo test bench faults faults-soak hostile fuzz cluster-up cluster-down images install build manifests prerequisites mutations

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: install ## watch a guest live through an update of its QEMU, on a cluster made here
	@dev/demo

test: prerequisites ## unit, integration and end-to-end tests
	@dev/test

bench: install ## live updates, disks, network and starts beside bare QEMUs, with the figures
	@dev/bench

faults: install ## every fault of the tables at every step of an update, of suspend and resume; FAULTS_REPEAT=3: each three times
	@dev/faults table --guest example,debian --repeat $(or $(FAULTS_REPEAT),1)
	@dev/faults suspends --repeat $(or $(FAULTS_REPEAT),1)

faults-soak: install ## RUNS=300 random faults at random moments; SEED=... repeats them
	@dev/faults soak --runs $(or $(RUNS),20) $(if $(SEED),--seed $(SEED))

mutations: prerequisites ## change one line at a time of what keeps guests alive, and name the test that fails
	@dev/mutations

hostile: install ## every attack of the threat model, tried on the cluster
	@dev/hostile

fuzz: prerequisites ## fuzz what reads hostile bytes, FUZZ_SECONDS=600 each
	@dev/fuzz

cluster-up: prerequisites ## the one-node development cluster
	@dev/cluster/cluster up

cluster-down: ## remove it, with everything that it made
	@dev/cluster/cluster down

images: build ## build the container images
	@images/build

install: images cluster-up ## install Moult on the development cluster with Helm
	@images/load
	@dev/install

kubectl-moult: prerequisites ## the kubectl plugin, as an archive in cli/target
	@$(MVN) package -pl cli -am -DskipTests -DskipITs
	@ls cli/target/kubectl-moult*.tar.gz

build: prerequisites ## compile and package, without tests
	@echo "build: compiling and packaging (some minutes the first time, as its libraries are fetched)"
	@$(MVN) package -DskipTests -DskipITs

manifests: build ## write deploy/ and the chart's files anew from their sources
	@deploy/generate

prerequisites:
	@dev/prerequisites
