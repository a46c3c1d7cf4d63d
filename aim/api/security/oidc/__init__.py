"""Sign-in with the partnership's identity provider: OpenID Connect, authorization code flow with PKCE."""
