# SPDX-License-Identifier: GPL-2.0
#
# The front door. `make help` lists what there is; docs/building.md explains.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := linux

ifneq ($(words $(CURDIR)),1)
$(error The kernel's build does not work in a path with spaces: $(CURDIR))
endif

B := build
ROOT ?= embedded
PREFIX ?= /usr/local
MEM ?= 256M
GCC ?= gcc
# ccache, if it works: a user without a home has no place for it
CCACHE := $(shell d=$$(mktemp -d) && { ccache $(GCC) -x c -c -o "$$d/o" /dev/null \
	2>/dev/null && echo ccache; rm -rf "$$d"; })
CC = $(if $(CCACHE),ccache )$(GCC)
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
# one cache for every checkout, and debug information that does not name it
export CCACHE_BASEDIR = $(CURDIR)
export CCACHE_SLOPPINESS = include_file_mtime,include_file_ctime
KMAKE = $(MAKE) $(JOBS) -C $(B)/linux O=$(CURDIR)/$(B)/obj ARCH=um CC="$(CC)" HOSTCC="$(CC)" V=$(or $(V),0) \
	KCFLAGS=-fdebug-prefix-map=$(CURDIR)/=
# the same with the fault injector, in a copy of what was built
FMAKE = $(subst $(B)/obj,$(B)/faults,$(KMAKE))
PROGRESS = $(if $(filter 1 2,$(V)),tee -a $(B)/build.log,tools/progress $(B)/build.log)

OURS := $(shell find arch os-kvm os-Linux guest-entry include Kconfig -type f 2>/dev/null)
FRAGMENT := arch/um/configs/uml.config
ROOT_LIST := $(B)/root/initramfs.list

## linux         build ./linux (the default)
linux: $(B)/laid.stamp $(B)/obj/.config $(ROOT_LIST)
	+$(KMAKE) linux scripts_gdb 2>&1 | $(PROGRESS)
	tools/check-objects $(B)
	objcopy --strip-debug $(B)/obj/linux $@.new
	mv $@.new $@
	echo "built ./linux ($$(./linux --version), $$(du -h linux | cut -f1); with symbols: $(B)/obj/linux)"

## faults        build $(B)/faults/linux: ./linux with the fault injector, for the test host-faults
faults: linux
	[ -d $(B)/faults ] || cp -a $(B)/obj $(B)/faults
	cp $(B)/obj/.config $(B)/faults/.config
	$(B)/linux/scripts/config --file $(B)/faults/.config --enable UML_HOST_FAULTS
	+{ $(FMAKE) olddefconfig && $(FMAKE) linux; } 2>&1 | $(PROGRESS)

## configurations  build $(B)/configurations/NAME/linux for each of tests/configurations: an hour without ccache
CONFIGURATIONS = $(shell sed -n 's/^\([^\#: ]*\):.*/\1/p' tests/configurations)
configurations: $(CONFIGURATIONS:%=configuration-%)

# Without debug information: it makes up half of the time
configuration-%: WORDS = --enable DEBUG_INFO_NONE --disable DEBUG_INFO_DWARF5 $(shell sed -n 's/^$*://p' tests/configurations)
configuration-%: CMAKE = $(subst $(B)/obj,$(B)/configurations/$*,$(KMAKE))
configuration-%: linux
	mkdir -p $(B)/configurations/$*
	cp $(B)/obj/.config $(B)/configurations/$*/.config
	$(B)/linux/scripts/config --file $(B)/configurations/$*/.config $(WORDS)
	+$(CMAKE) olddefconfig 2>&1 | $(PROGRESS)
	tools/config-words $(B)/linux $(B)/configurations/$*/.config $(WORDS)
	+$(CMAKE) linux 2>&1 | $(PROGRESS)

## run           build, boot ./linux to a shell (ROOT=debian: a Debian 12; MEM=, ARGS= for its command line)
run: run-$(ROOT)

run-embedded: linux
	tools/run ./linux mem=$(MEM) $(ARGS)

run-debian: linux root-debian
	tools/run --ubd $(B)/debian/root.ext4 ./linux mem=$(MEM) $(ARGS)

## root-debian   build only the image for ROOT=debian ($(B)/debian/root.ext4)
root-debian: modules
	tools/packages root/debian/packages
	root/debian/make-image $(B)/debian/root.ext4 --modules $(B)/modules

## check         build, run the tests of every commit (TESTS=name..., HOSTS=native,svm)
check: linux modules tests bench-programs
	+$(MAKE) faults # not beside the modules, whose objects it copies
	tools/packages tests/packages tests/hosts/packages.svm
	tests/run $(if $(HOSTS),--host $(HOSTS)) $(TESTS)

## check-all     every test on every host: slow
check-all: linux modules tests bench-programs root-debian
	+$(MAKE) faults
	+$(MAKE) configurations
	tools/packages tests/packages tests/hosts/packages.svm tests/hosts/packages.vmx
	tests/run --all $(TESTS)

## check-native  run the guest test programs on this machine: that tests the tests
check-native: tests
	tests/run --native-programs $(TESTS)

# some are programs of the kernel tree
tests: $(B)/linux.source
	+$(MAKE) $(JOBS) -C tests B=$(CURDIR)/$(B) CC="$(CC)"

## soak-storage  kill machines that write to their disks, many times (KILLS=200 per backend, CUTS=24 power cuts)
soak-storage: linux tests
	tools/packages tests/packages tests/hosts/packages.svm
	KILLS="$(KILLS)" CUTS="$(CUTS)" B="$(B)" tests/soak-storage $(TESTS)

# Debian's, which is the one that has Debian's matplotlib
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

## bench         measure ./linux beside native (QUICK=1: a minute, BENCH=name..., PEERS="name=path...")
bench: linux tests bench-programs
	tools/packages tools/packages.bench || echo "bench: what needs these packages is not measured, or not drawn"
	$(PYTHON) bench/run $(if $(QUICK),--quick) --peers "$(PEERS)" $(BENCH)

## bench-emulated  count instructions per operation on an emulated AMD host: the same wherever it runs
bench-emulated: linux tests bench-programs
	tools/packages tests/hosts/packages.svm
	$(PYTHON) bench/run --emulated $(if $(QUICK),--quick) --peers "$(PEERS)" $(BENCH)

## stock-linux   build $(B)/stock/linux, an unmodified UML of the packaged kernel, to measure beside ours
stock-linux: $(B)/stock/linux $(B)/stock/xstate.so

bench-programs: $(B)/packages.ok
	+$(MAKE) $(JOBS) -C bench B=$(CURDIR)/$(B) CC="$(CC)"
	+$(MAKE) $(JOBS) -C bench B=$(CURDIR)/$(B) CC="$(CC)" fio || echo "bench: without fio no disk is measured"

## menuconfig    change the kernel configuration of this build
menuconfig: $(B)/laid.stamp $(B)/obj/.config
	tools/packages tools/packages.menuconfig
	+$(KMAKE) menuconfig

## modules       build the loadable modules into $(B)/modules
modules: $(B)/modules.stamp

$(B)/modules.stamp: linux
	+$(KMAKE) modules 2>&1 | $(PROGRESS)
	tools/check-objects $(B) modules
	rm -rf $(B)/modules
	+$(KMAKE) INSTALL_MOD_PATH=$(CURDIR)/$(B)/modules INSTALL_MOD_STRIP=1 modules_install 2>&1 | $(PROGRESS)
	touch $@

## install       install linux and the modules (PREFIX=, DESTDIR=)
install: linux modules
	install -D -m 755 linux "$(DESTDIR)$(PREFIX)/bin/linux"
	mkdir -p "$(DESTDIR)$(PREFIX)/lib/uml/modules"
	cp -a $(B)/modules/lib/modules/. "$(DESTDIR)$(PREFIX)/lib/uml/modules/"

## edits-check   see that our edits fit the packaged kernel tree
edits-check: $(B)/linux.source
	tools/overlay --check $(B)

## edit          write arch/um/edits/EDIT.patch from the changes made in $(B)/linux (FILES= for new ones)
edit:
	FILES="$(FILES)" tools/overlay --refresh $(EDIT) $(B)

## clean         remove what was compiled
clean:
	rm -rf linux $(B)/obj $(B)/faults $(B)/configurations $(B)/modules $(B)/modules.stamp $(B)/*.checked \
		$(B)/tests $(B)/bench/bin $(B)/root $(B)/build.log

## distclean     remove everything that was made, downloads too
distclean:
	rm -rf linux $(B)

## help          this list
help:
	sed -n 's/^## //p' Makefile | sed 's/$$(B)/$(B)/g'
	echo "V=1 shows every command; LINUX_SRC= takes a 6.12.y tree or tarball instead of linux-source-6.12."

# ---- how it is made

$(B)/packages.ok: tools/packages.build
	tools/packages $<
	mkdir -p $(B)
	touch $@

# runs each time, writes its stamp only if the source is another one
$(B)/linux.source: $(B)/packages.ok FORCE
	tools/source $(B) $(LINUX_SRC)

$(B)/laid.stamp: $(B)/linux.source $(OURS) tools/overlay
	tools/overlay $(B)
	touch $@

$(B)/obj/.config: $(FRAGMENT) $(B)/linux.source | $(B)/laid.stamp
	echo "configuring (defconfig + $(FRAGMENT))"
	mkdir -p $(B)/obj
	rm -f $(B)/build.log
	$(KMAKE) defconfig uml.config 2>&1 | $(PROGRESS)
	$(B)/linux/scripts/config --file $@ --set-str INITRAMFS_SOURCE $(CURDIR)/$(ROOT_LIST) $(CONFIG_SET)
	$(KMAKE) olddefconfig 2>&1 | $(PROGRESS)
	tools/config-words $(B)/linux $@ $(CONFIG_SET)
	touch $@

# What 6.12 has of our configuration. Without modules and debug information: it is
# only measured. Its vector networks don't link statically, xstate.so is for a
# dynamic program.
STOCK_CONFIG = --disable STATIC_LINK --enable DEBUG_INFO_NONE --disable DEBUG_INFO_DWARF5 --disable GDB_SCRIPTS \
	--set-str LOCALVERSION "-stock"
STOCK_MAKE = $(subst $(B)/obj,$(B)/stock/obj,$(subst $(B)/linux,$(B)/stock/tree/linux,$(KMAKE)))
STOCK_PROGRESS = $(subst $(B)/build.log,$(B)/stock/build.log,$(PROGRESS))

$(B)/stock/linux: $(FRAGMENT) $(B)/packages.ok
	mkdir -p $(B)/stock/obj
	rm -f $(B)/stock/build.log
	tools/source $(B)/stock/tree $(LINUX_SRC)
	$(STOCK_MAKE) defconfig 2>&1 | $(STOCK_PROGRESS)
	$(B)/stock/tree/linux/scripts/kconfig/merge_config.sh -m -O $(B)/stock/obj $(B)/stock/obj/.config $(FRAGMENT) 2>&1 | \
		$(STOCK_PROGRESS)
	$(B)/stock/tree/linux/scripts/config --file $(B)/stock/obj/.config $(STOCK_CONFIG)
	$(STOCK_MAKE) olddefconfig 2>&1 | $(STOCK_PROGRESS)
	+$(STOCK_MAKE) linux 2>&1 | $(STOCK_PROGRESS)
	objcopy --strip-debug $(B)/stock/obj/linux $@.new
	mv $@.new $@
	echo "built $@ ($$($@ --version))"

$(B)/stock/xstate.so: bench/stock/xstate.c $(B)/packages.ok
	mkdir -p $(@D)
	$(CC) -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -shared -fPIC -o $@ $<

$(ROOT_LIST): $(B)/packages.ok $(shell find root/embedded -type f)
	mkdir -p $(@D)
	root/embedded/make-list "$$(command -v busybox)" $(CURDIR)/$(@D)
	touch $@

FORCE:

.PHONY: faults configurations run run-embedded run-debian root-debian check check-all check-native tests soak-storage \
	bench bench-emulated bench-programs stock-linux \
	menuconfig modules install edits-check edit clean distclean help FORCE

ifeq ($(filter 1 2,$(V)),)
.SILENT:
endif
