def to_pdf(filled): raise NotImplementedError
