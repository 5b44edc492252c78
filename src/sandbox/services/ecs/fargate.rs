//! The sizes that Fargate knows. Source: Amazon ECS Developer Guide, "Fargate task definition
//! differences for Amazon ECS", task CPU and memory.

/// Whether a task may have these CPU units and this memory in MiB.
pub fn is_size(cpu: i64, memory: i64) -> bool {
    let steps = |least: i64, most: i64, step: i64| {
        (least..=most).contains(&memory) && (memory - least) % step == 0
    };
    match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => steps(1024, 4096, 1024),
        1024 => steps(2048, 8192, 1024),
        2048 => steps(4096, 16_384, 1024),
        4096 => steps(8192, 30_720, 1024),
        8192 => steps(16_384, 61_440, 4096),
        16_384 => steps(32_768, 122_880, 8192),
        32_768 => [61_440, 122_880, 249_856].contains(&memory),
        _ => false,
    }
}

/// CPU as units: `256`, or `.25 vCPU`.
pub fn cpu_units(text: &str) -> Option<i64> {
    quantity(text, "vcpu")
}

/// Memory as MiB: `512`, or `0.5 GB`.
pub fn memory_mib(text: &str) -> Option<i64> {
    quantity(text, "gb")
}

fn quantity(text: &str, unit: &str) -> Option<i64> {
    let lower = text.trim().to_ascii_lowercase();
    match lower.strip_suffix(unit) {
        Some(number) => {
            let number: f64 = number.trim().parse().ok()?;
            let whole = number * 1024.0;
            (number.is_finite() && number > 0.0 && whole.fract() == 0.0 && whole < 1e9)
                .then_some(whole as i64)
        }
        None => lower.parse().ok().filter(|number| *number > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        for (cpu, memory, fits) in [
            (256, 512, true),
            (256, 1536, false),
            (256, 2048, true),
            (256, 4096, false),
            (512, 512, false),
            (512, 4096, true),
            (1024, 8192, true),
            (1024, 9216, false),
            (2048, 4096, true),
            (4096, 30_720, true),
            (4096, 31_744, false),
            (8192, 16_384, true),
            (8192, 17_408, false),
            (16_384, 122_880, true),
            (300, 512, false),
        ] {
            assert_eq!(is_size(cpu, memory), fits, "{cpu} {memory}");
        }
    }

    #[test]
    fn words_for_sizes() {
        assert_eq!(cpu_units("256"), Some(256));
        assert_eq!(cpu_units(".25 vCPU"), Some(256));
        assert_eq!(memory_mib("2 GB"), Some(2048));
        assert_eq!(memory_mib("0.5GB"), Some(512));
        for wrong in ["", "lots", "-1", "NaN GB", "inf vcpu"] {
            assert_eq!(cpu_units(wrong), None, "{wrong}");
        }
    }
}
