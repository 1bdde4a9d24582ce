/* limits_bpf.c - which devices a control group of version 2 may open: a small BPF program
 *
 * The kernel runs it at every open and mknod with {access_type, major, minor} in r1; the low half of
 * access_type is 2 for a character device.  The program is a row of tests, one for each rule, then a refusal.
 * It belongs to the group from then on: nobody of ours needs to stay for it.
 */

#include "sandbox/limits_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#define IS_CHAR 2

static struct bpf_insn load (int reg, int offset)
{
    return (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
                              .dst_reg = (unsigned char)reg & 15,
                              .src_reg = BPF_REG_1,
                              .off = (short)offset };
}

static struct bpf_insn number (int code, int reg, int value, int skip)
{
    return (struct bpf_insn){ .code = (unsigned char)code,
                              .dst_reg = (unsigned char)reg & 15,
                              .off = (short)skip,
                              .imm = value };
}

#define AND (BPF_ALU | BPF_AND | BPF_K)
#define MOV (BPF_ALU64 | BPF_MOV | BPF_K)
#define UNLESS (BPF_JMP | BPF_JNE | BPF_K)
#define EXIT (BPF_JMP | BPF_EXIT)

size_t limits_bpf_program (const struct limits_rule *rules, size_t n, struct bpf_insn *ret)
{
    size_t at = 0;

    if (n > (LIMITS_BPF_MAX - 16) / 4)
        return 0;
    ret[at++] = load (BPF_REG_2, 0);
    ret[at++] = number (AND, BPF_REG_2, 0xffff, 0);
    ret[at++] = load (BPF_REG_4, 4);
    ret[at++] = load (BPF_REG_5, 8);
    ret[at++] = number (UNLESS, BPF_REG_2, IS_CHAR, 0);
    size_t to_end = at - 1;
    for (size_t i = 0; i < n; i++) {
        bool any = rules[i].minor == LIMITS_ANY;

        ret[at++] = number (UNLESS, BPF_REG_4, (int)rules[i].major, any ? 2 : 3);
        if (!any)
            ret[at++] = number (UNLESS, BPF_REG_5, (int)rules[i].minor, 2);
        ret[at++] = number (MOV, BPF_REG_0, 1, 0);
        ret[at++] = number (EXIT, 0, 0, 0);
    }
    ret[to_end].off = (short)(at - to_end - 1);
    ret[at++] = number (MOV, BPF_REG_0, 0, 0);
    ret[at++] = number (EXIT, 0, 0, 0);
    return at;
}

static int call_bpf (int what, union bpf_attr *attr)
{
    return (int)syscall (SYS_bpf, what, attr, sizeof *attr);
}

int limits_bpf_attach (const char *dir, const struct limits_rule *rules, size_t n,
                       struct err *err)
{
    struct bpf_insn program[LIMITS_BPF_MAX];
    size_t length = limits_bpf_program (rules, n, program);
    union bpf_attr attr;

    if (!length)
        return err_set (err, PROBLEM_LIMIT, "%s: %zu devices are too many", dir, n);
    autoclose int group = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group < 0)
        return err_sys (err, errno, "%s", dir);
    memset (&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = (uintptr_t)program;
    attr.insn_cnt = (unsigned)length;
    attr.license = (uintptr_t) "GPL";
    memcpy (attr.prog_name, "labwright", 9);
    autoclose int loaded = call_bpf (BPF_PROG_LOAD, &attr);
    if (loaded < 0)
        return err_sys (err, errno, "load the device program of %s", dir);
    memset (&attr, 0, sizeof attr);
    attr.target_fd = (unsigned)group;
    attr.attach_bpf_fd = (unsigned)loaded;
    attr.attach_type = BPF_CGROUP_DEVICE;
    if (call_bpf (BPF_PROG_ATTACH, &attr) < 0)
        return err_sys (err, errno, "attach the device program of %s", dir);
    return 0;
}
