//! The first line that a program of go-plugin prints: how to reach it.

/// The version of go-plugin's own protocol.
const CORE: &str = "1";
/// The version of the protocol in `plughost.proto`.
pub const VERSION: &str = "1";
/// go-plugin takes a shorter sixth field for something else than a certificate.
const LEAST_CERTIFICATE: usize = 50;

/// Whether a line is meant to be a handshake. Other lines are text that the program printed before it.
pub fn is_handshake(line: &str) -> bool {
    let digits = line.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && line.trim_start()[digits..].starts_with('|')
}

/// Reads `CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE|MULTIPLEX`, the last three of which older programs leave out.
/// Returns the path of the socket.
pub fn socket_of(line: &str) -> Result<String, String> {
    let fields: Vec<&str> = line.trim().split('|').collect();
    let field = |i: usize| fields.get(i).copied().unwrap_or_default();
    let protocol = if fields.len() > 4 { field(4) } else { "netrpc" };
    if !(4..=7).contains(&fields.len()) {
        return Err(format!("its handshake has {} fields and not 4 to 7", fields.len()));
    }
    if field(0) != CORE {
        return Err(format!(
            "its handshake has version {} of go-plugin's protocol, and only {CORE} is known",
            field(0)
        ));
    }
    if field(1) != VERSION {
        return Err(format!("it speaks version {} of plughost's protocol, and the host speaks {VERSION}", field(1)));
    }
    if protocol != "grpc" {
        let advice = "its author must set GRPCServer: plugin.DefaultGRPCServer in plugin.ServeConfig";
        return Err(format!("it speaks {protocol} and not grpc: {advice}"));
    }
    if field(2) != "unix" || !field(3).starts_with('/') {
        return Err("it does not listen on a unix socket with an absolute path".to_string());
    }
    if field(5).len() >= LEAST_CERTIFICATE {
        return Err(
            "it wants TLS, which a socket in a folder of one user does not need: its author must leave that out"
                .to_string(),
        );
    }
    Ok(field(3).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_taken_from_four_to_seven_fields() {
        assert_eq!(socket_of("1|1|unix|/tmp/a b|grpc"), Ok("/tmp/a b".to_string()));
        assert_eq!(socket_of("1|1|unix|/tmp/a|grpc|\n"), Ok("/tmp/a".to_string()));
        assert_eq!(socket_of(" 1|1|unix|/tmp/a|grpc||true"), Ok("/tmp/a".to_string()));
    }

    #[test]
    fn everything_else_is_refused() {
        for line in [
            "1|1|unix|/a",
            "1|1|unix|/a|netrpc",
            "2|1|unix|/a|grpc",
            "1|9|unix|/a|grpc",
            "1|1|tcp|127.0.0.1:1|grpc",
            "1|1|unix|a|grpc",
            "1|1|unix",
            "1|1|unix|/a|grpc||true|x",
            "",
            "1|1|unix||grpc",
        ] {
            assert!(socket_of(line).is_err(), "{line}");
        }
        assert!(socket_of(&format!("1|1|unix|/a|grpc|{}", "A".repeat(50))).is_err());
    }

    #[test]
    fn other_lines_are_no_handshake() {
        assert!(is_handshake("1|x") && is_handshake(" 12|"));
        assert!(!is_handshake("") && !is_handshake("|") && !is_handshake("hello 1|2") && !is_handshake("1 |"));
    }
}
